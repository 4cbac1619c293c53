// SPDX-License-Identifier: GPL-2.0-or-later
// mprox as a user starts it, without the module.
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <unistd.h>

#include "shell.hpp"

namespace {

Outcome control(const std::string &args) { return shell(std::string(CONTROL) + " " + args); }

/// The commands that --help of @p command names, "" for mprox itself.
std::vector<std::string> commands_of(const std::string &command) {
    std::istringstream help(control(command + " --help").output);
    std::vector<std::string> names;
    bool inside = false;
    for (std::string line; std::getline(help, line);) {
        std::string name;
        inside = (inside || line == "Subcommands:") && !line.empty();
        if (inside && line.starts_with("  ") && line[2] != ' ' && std::istringstream(line) >> name)
            names.push_back(name);
    }
    return names;
}

/// A folder for the time of a test, with what is written into it.
class Folder : public testing::Test {
  protected:
    void SetUp() override { shell("mkdir -p " + path_); }
    void TearDown() override { shell("rm -r " + path_); }

    std::string write(const std::string &name, const std::string &text) {
        shell("mkdir -p $(dirname " + path_ + "/" + name + ")");
        std::ofstream(path_ + "/" + name) << text;
        return path_ + "/" + name;
    }
    /// With the user's configuration in it.
    Outcome run(const std::string &args) {
        return shell("cd " + path_ + "; umask 022; XDG_CONFIG_HOME=" + path_ + " " CONTROL " " + args);
    }
    nlohmann::json json(const std::string &args) {
        const auto said = run(args + " 2>/dev/null");
        EXPECT_TRUE(nlohmann::json::accept(said.output)) << args << "\n" << said.output;
        return nlohmann::json::parse(said.output, nullptr, false);
    }

    std::string path_ = "/tmp/mprox-control-" + std::to_string(getpid());
};

std::string file(const std::string &path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

} // namespace

TEST(Mprox, RefusesWhatIsWrong) {
    for (const char *args : {"", "versoin", "version extra", "version --jsno", "config", "config fromat", "config show --to json"}) {
        const auto run = control(args);
        EXPECT_EQ(run.status, 2) << args;
        EXPECT_EQ(run.output.find("mprox: "), 0U) << run.output;
        EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 1) << run.output;
    }
    EXPECT_EQ(control("versoin").output, "mprox: there is no command 'versoin'; did you mean 'version'?\n");
    EXPECT_EQ(control("--version").status, 0);
}

/// Without the module: one line, which says so.
TEST(Mprox, TellsNothingOfScopesWithoutTheModule) {
    if (access("/dev/mprox", F_OK) == 0)
        GTEST_SKIP() << "the module is loaded";
    for (const char *args : {"ps", "ps 7", "ss --json", "events", "events -f", "names web", "servers", "stats --openmetrics", "top --batch",
                             "show 7", "set 7 enable", "set 7 name new", "set 7 server 0 weight=3",
                             "set 7 alerts failed=5", "explain --scope 7 host", "config diff scope:7 scope:8", "end 7"}) {
        const auto run = control(args);
        EXPECT_EQ(run.status, 2) << args;
        EXPECT_EQ(run.output.find("mprox: the kernel tells nothing of its scopes: the module mutex_proxy is not loaded; load it"), 0U)
            << run.output;
        EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 1) << run.output;
    }
    for (const char *args : {"ps --json --csv", "stats --csv --openmetrics", "stats --prometheus --openmetrics", "stats --namespace web",
                             "explain --scope 7 -x socks5://192.0.2.1 host", "set 7 server", "set 7 alerts", "set 7 alerts latency=2", "show", "set 7", "set 7 stop", "end", "events --kinds faild",
                             "events --level loud", "events --filter servr=x", "events --filter server", "names --kinds open"}) {
        const auto run = control(args);
        EXPECT_EQ(run.status, 2) << args;
        EXPECT_EQ(run.output.find("not loaded"), std::string::npos) << run.output;
        EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 1) << run.output;
    }
    EXPECT_EQ(control("events --kinds failed,opn").output, "mprox: there is no kind of event 'opn'; did you mean 'open'?\n");
}

TEST(Mprox, TellsVersions) {
    const auto json = nlohmann::json::parse(control("version --json").output);
    EXPECT_EQ(json["program"]["uapi"], 1);
    EXPECT_EQ(control("version").status, json["verdict"] == "same" ? 0 : 1);
}

TEST_F(Folder, ValidatesWhatMproxRunReads) {
    const auto good = write("good.toml", "proxy = \"socks5://proxy.nowhere.example\"\n");
    const auto bad = write("bad.toml", "rounds = 2\nscop = \"tree\"\n");
    const auto worse = write("worse.json", "{\n \"rounds\": 0\n}\n");
    const auto refused = write("refused.toml", "proxy = \"http://proxy.nowhere.example\"\nudp = \"proxy\"\n");
    const auto chains = write("proxychains.conf", "strict_chain\n[ProxyList]\nraw 192.0.2.1 1\n");
    EXPECT_EQ(run("config validate " + good).output, good + ": ok\n");
    auto said = run("config validate good.toml bad.toml worse.json refused.toml proxychains.conf");
    EXPECT_EQ(said.status, 1);
    for (const char *part : {"good.toml: ok\n", "bad.toml:2:8: scop: no such key; did you mean 'scope'?\n", "worse.json:2:12: rounds: ",
                             "refused.toml: udp = \"proxy\": no proxy here carries UDP; name a SOCKS5", "proxychains.conf:3: "})
        EXPECT_NE(said.output.find(part), std::string::npos) << part << "\n" << said.output;
    const auto all = json("config validate good.toml bad.toml --json");
    EXPECT_EQ(all["ok"], false);
    EXPECT_EQ(all["files"][0]["ok"], true);
    EXPECT_EQ(all["files"][1]["advice"], "did you mean 'scope'?");
    EXPECT_EQ(run("config validate /nonexistent.toml").status, 1);
    EXPECT_EQ(shell("echo scop=1 | " CONTROL " config validate /dev/stdin").output,
              "/dev/stdin:1:6: scop: no such key; did you mean 'scope'?\n");
    EXPECT_EQ(shell("echo rounds=1 | " CONTROL " config format --to json /dev/stdin").output, "{\n  \"rounds\": 1\n}\n");
    EXPECT_NE(run("config format " + chains).output.find("config import proxychains"), std::string::npos);
    write("mprox/conf.d/a.toml", "scope = 1\n");
    said = run("config validate"); // what is read unasked
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("mprox/conf.d/a.toml:1:9: scope"), std::string::npos) << said.output;
}

TEST_F(Folder, ShowsWhatHolds) {
    write("mprox/mprox.toml", "proxy = \"socks5://me:sesame@192.0.2.1\"\nrounds = 3\n");
    write("mprox/profiles/web.toml", "match = [\"firefox\"]\nscope = \"process\"\n");
    const auto said = run("config show firefox");
    EXPECT_EQ(said.status, 0);
    EXPECT_NE(said.output.find("proxy = \"socks5://me:***@192.0.2.1:1080\" # " + path_ + "/mprox/mprox.toml\n"), std::string::npos)
        << said.output;
    EXPECT_NE(said.output.find("scope = \"process\" # " + path_ + "/mprox/profiles/web.toml\n"), std::string::npos) << said.output;
    EXPECT_NE(said.output.find("warning: rounds has no effect"), std::string::npos) << said.output;
    EXPECT_EQ(run("config show curl").output.find("scope"), std::string::npos);
    EXPECT_EQ(json("config show firefox --json --secrets")["proxy"], "socks5://me:sesame@192.0.2.1:1080");
    EXPECT_EQ(json("config show mprox/profiles/web.toml --json"), nlohmann::json({{"match", {"firefox"}}, {"scope", "process"}}));
    EXPECT_EQ(run("config show none.toml").status, 2);
}

TEST_F(Folder, ComparesByKey) {
    const auto a = write("a.toml", "proxy = \"http://u:one@h\"\nscope = \"tree\"\nlocal = true\n");
    const auto b = write("b.toml", "proxy = \"http://u:two@h\"\nscope = \"process\"\nlocal = true\nrounds = 2\n");
    const auto said = run("config diff " + a + " " + b);
    EXPECT_EQ(said.status, 1);
    EXPECT_EQ(said.output, "! proxy: what is secret in it differs\n- scope = \"tree\"\n+ scope = \"process\"\n+ rounds = 2\n");
    EXPECT_EQ(run("config diff " + a + " " + a).output, "");
    EXPECT_EQ(run("config diff " + a + " " + a).status, 0);
    const auto all = json("config diff --json a.toml b.toml; true");
    EXPECT_TRUE(all.is_discarded() || all["differences"].is_object());
    EXPECT_EQ(run("config diff a.toml none.toml").status, 2);
}

TEST_F(Folder, FormatsBothWays) {
    const std::string usual = "proxy = \"socks5://h\"\nscope = \"tree\"\n\n[[rule]]\nto = \"::/0\"\nverdict = \"block\"\n";
    write("a.toml", "scope = 'tree' # who\nproxy = \"socks5://h\"\nrule = [{ verdict = \"block\", to = \"::/0\" }]\n");
    EXPECT_EQ(run("config format a.toml 2>/dev/null").output, usual);
    EXPECT_NE(run("config format a.toml").output.find("warning: a.toml has comments"), std::string::npos);
    EXPECT_EQ(run("config format a.toml --to json >a.json 2>/dev/null; " CONTROL " config format --to toml a.json").output, usual);
    EXPECT_EQ(run("config format --in-place a.toml").status, 2);
    EXPECT_EQ(run("config format --in-place --to json --drop-comments a.toml").status, 2);
    EXPECT_NE(file(path_ + "/a.toml").find("# who"), std::string::npos);
    shell("chmod 600 " + path_ + "/a.toml");
    EXPECT_EQ(run("config format --in-place --drop-comments a.toml").output, "");
    EXPECT_EQ(file(path_ + "/a.toml"), usual);
    EXPECT_EQ(shell("stat -c %a " + path_ + "/a.toml; ls " + path_ + " | wc -l").output, "600\n2\n");
    write("bad.toml", "scop = 1\n");
    EXPECT_EQ(run("config format bad.toml").status, 2);
    EXPECT_EQ(run("config format --drop-comments a.toml").status, 2); // of no effect
}

TEST_F(Folder, SavesAndRestores) {
    write("mprox/mprox.toml", "proxy = \"socks5://h\"\nuser = \"me\"\npassword_file = \"word\"\n");
    write("mprox/word", "sesame\n");
    shell("chmod 600 " + path_ + "/mprox/word");
    const auto saved = run("config backup --user b.json");
    EXPECT_EQ(saved.output, "b.json: 2 files\n");
    EXPECT_EQ(shell("stat -c %a " + path_ + "/b.json").output, "600\n");
    EXPECT_EQ(run("config backup --user b.json").status, 2) << "it is there";
    write("mprox/mprox.toml", "scope = \"process\"\n");
    write("mprox/conf.d/new.toml", "");
    shell("rm " + path_ + "/mprox/word");
    const auto restored = run("config restore --user b.json --keep old.json");
    EXPECT_EQ(restored.status, 0) << restored.output;
    EXPECT_NE(restored.output.find("conf.d/new.toml is not in the backup, and stays"), std::string::npos) << restored.output;
    EXPECT_NE(restored.output.find("old.json: what was there before"), std::string::npos) << restored.output;
    EXPECT_EQ(shell("stat -c %a " + path_ + "/mprox/word; cat " + path_ + "/mprox/word").output, "600\nsesame\n");
    EXPECT_NE(file(path_ + "/old.json").find("process"), std::string::npos);
    // What cannot be read leaves all as it is.
    shell("sed -i 's/proxy = /proxi = /' " + path_ + "/b.json");
    const auto refused = run("config restore --user b.json --keep none.json");
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.output.find("mprox/mprox.toml:1:9: proxi: no such key"), std::string::npos) << refused.output;
    EXPECT_NE(file(path_ + "/mprox/mprox.toml").find("proxy"), std::string::npos);
    EXPECT_NE(shell("ls " + path_ + "/none.json").status, 0);
}

TEST_F(Folder, ImportsProxychains) {
    const auto from = write("pc.conf", "strict_chain\nproxy_dns\nlocalnet 10.0.0.0/255.0.0.0\n[ProxyList]\n"
                                       "socks5 192.0.2.1 1080 me p:ss@word\nraw 192.0.2.9 1\nhttp inner 3128\n");
    const auto said = run("config import proxychains pc.conf -o p.toml");
    EXPECT_EQ(said.status, 0) << said.output;
    EXPECT_NE(said.output.find("warning: pc.conf: line 6: a 'raw' proxy"), std::string::npos) << said.output;
    EXPECT_EQ(file(path_ + "/p.toml"),
              "# From pc.conf, by mprox config import.\n"
              "proxy = [\"socks5://me:p%3Ass%40word@192.0.2.1:1080\", \"http://inner:3128\"]\n"
              "chain = true\ndns = \"fake\"\n\n[[rule]]\nto = \"10.0.0.0/8\"\nverdict = \"direct\"\n");
    EXPECT_EQ(shell("stat -c %a " + path_ + "/p.toml").output, "600\n");
    EXPECT_EQ(run("config import proxychains pc.conf -o p.toml").status, 2);
    EXPECT_EQ(run("config import torsocks pc.conf").status, 2);
    EXPECT_EQ(run("config migrate p.toml").status, 0);
    EXPECT_NE(run("config migrate p.toml").output.find("nothing to do"), std::string::npos);
    EXPECT_EQ(run("config migrate pc.conf").status, 2);
    write("modes.conf", "dynamic_chain\n[ProxyList]\nsocks5 192.0.2.1 1080\nhttp inner 3128 a b\n");
    EXPECT_EQ(run("config import proxychains modes.conf -o d.toml; " CONTROL " config validate d.toml").status, 0);
    EXPECT_EQ(json("config show d.toml --json")["server"].size(), 3U) << file(path_ + "/d.toml");
}

TEST_F(Folder, ExaminesTheMachineAndServers) {
    const auto all = json("doctor --json");
    ASSERT_TRUE(all["checks"].is_array());
    for (const auto &one : all["checks"])
        for (const char *key : {"id", "state", "what", "why", "repair"})
            EXPECT_TRUE(one[key].is_string()) << one;
    EXPECT_EQ(run("doctor").status, all["ok"] == true ? 0 : 1);
    const auto down = run("doctor -x socks5://u:sesame@127.0.0.1:1");
    EXPECT_EQ(down.status, 1);
    EXPECT_NE(down.output.find("fail  proxy 127.0.0.1 port 1 cannot be reached"), std::string::npos) << down.output;
    EXPECT_EQ(down.output.find("sesame"), std::string::npos) << down.output;
    const auto profile = write("p.toml", "proxi = 1\n");
    EXPECT_NE(run("doctor -p p.toml").output.find("fail  p.toml:1:9: proxi: no such key; "), std::string::npos);
    EXPECT_EQ(run("doctor -p p.toml -x socks5://h").status, 2);
}

TEST_F(Folder, ExplainsWithoutTheModule) {
    const auto profile = write("p.toml", "proxy = \"socks4://u@192.0.2.1\"\n[[rule]]\nto = \"203.0.113.0/24\"\nverdict = \"block\"\n");
    const auto said = run("explain -p p.toml host.example 203.0.113.7:80 203.0.113.7/udp");
    EXPECT_EQ(said.status, 0);
    EXPECT_EQ(said.output, "host.example:443: proxied, by name, through socks4 192.0.2.1:1080 as u\n"
                           "  port 443, as none is named\n"
                           "  the name is left to the proxy: an address of 198.18.0.0/15 stands for it, and no query leaves\n"
                           "  the only rule is not about it, and what goes out is proxied\n"
                           "    socks4 192.0.2.1:1080 as u: told the name by SOCKS4A\n"
                           "203.0.113.7:80: refused with ECONNREFUSED\n"
                           "  rule 0: block 203.0.113.0/24 (p.toml:2)\n"
                           "203.0.113.7:443 (udp): refused with EPERM\n"
                           "  port 443, as none is named\n"
                           "  rule 0: block 203.0.113.0/24 (p.toml:2)\n");
    EXPECT_EQ(json("explain -x socks5://192.0.2.1 --bypass 203.0.113.0/24 --json 203.0.113.9")["destinations"][0]["verdict"], "direct");
    for (const char *args : {"explain -x socks5://192.0.2.1", "explain 192.0.2.7", "explain -x socks5://192.0.2.1 a:b",
                             "explain -x socks5://192.0.2.1 --strategy random host", "explain -x socks5://192.0.2.1 --udp host"})
        EXPECT_EQ(run(args).status, 2) << args;
}

TEST_F(Folder, ChecksServers) {
    auto said = run("check -x socks5://u:sesame@127.0.0.1:1 http://hidden.test/");
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("socks5 127.0.0.1:1"), std::string::npos) << said.output;
    EXPECT_NE(said.output.find("cannot be reached"), std::string::npos) << said.output;
    EXPECT_EQ(said.output.find("sesame"), std::string::npos) << said.output;
    const auto all = json("check -x socks5://127.0.0.1:1 --json");
    EXPECT_EQ(all["ok"], false);
    EXPECT_TRUE(all["url"].is_null());
    for (const char *key : {"connect_us", "status", "udp", "ipv6"})
        EXPECT_TRUE(all["servers"][0][key].is_null()) << key;
    for (const char *args : {"check", "check -x socks5://127.0.0.1:1 ftp://h/", "check -x socks5://127.0.0.1:1 --timeout 0",
                             "check -x socks5://127.0.0.1:1 -u me:sesame --proxy-digest"})
        EXPECT_EQ(run(args).status, 2) << args;
}

/// Every command, with those below it: "version", "config format".
TEST(Mprox, IsCompletedByTheShellAndInItsManualPage) {
    const auto bash = file(std::string(CONF_FOLDER) + "/completions/mprox.bash");
    const auto zsh = file(std::string(CONF_FOLDER) + "/completions/mprox.zsh");
    const auto page = std::regex_replace(file(std::string(MAN) + "/mprox.1"), std::regex("\\\\"), "");
    std::vector<std::string> commands = commands_of("");
    EXPECT_FALSE(commands.empty());
    for (std::size_t i = 0; i < commands.size(); i++) {
        const auto command = commands[i];
        for (const auto &below : commands_of(command))
            commands.push_back(command + " " + below);
        const auto word = command.substr(command.rfind(' ') + 1);
        EXPECT_NE(page.find("mprox " + command), std::string::npos) << command;
        for (const auto &completion : {bash, zsh})
            EXPECT_TRUE(std::regex_search(completion, std::regex("\\b" + word + "\\b"))) << word;
        const auto help = shell(std::string(CONTROL) + " " + command +
                                " --help | sed -nE 's/^  (-[^ ]*).*/\\1/p' | tr , '\\n' | sort -u");
        std::istringstream options(help.output);
        for (std::string option; options >> option;) {
            const std::regex whole("(^|[^a-zA-Z0-9-])" + option + "($|[^a-zA-Z0-9-])");
            for (const auto &completion : {bash, zsh})
                EXPECT_TRUE(std::regex_search(completion, whole)) << command << " " << option;
            EXPECT_TRUE(option == "-h" || option == "--help" || std::regex_search(page, whole)) << command << " " << option;
        }
    }
}
