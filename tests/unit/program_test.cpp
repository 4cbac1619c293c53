// SPDX-License-Identifier: GPL-2.0-or-later
// mprox-run and libmprox_auto.so as a user starts them, without the module.
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <sstream>
#include <unistd.h>

#include "shell.hpp"

namespace {

Outcome launcher(const std::string &args) { return shell(std::string(LAUNCHER) + " " + args); }

bool has_module() { return access("/dev/mprox", F_OK) == 0; }

} // namespace

TEST(Launcher, LeavesTheCommandsArgumentsAlone) {
    const auto run = launcher("--dry-run -x socks5://192.0.2.1 curl -x other -v -- --proxy a,b");
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.output.find("command    curl -x other -v -- --proxy a,b\n"), std::string::npos) << run.output;
}

TEST(Launcher, TakesADashBehindTheMark) {
    const auto run = launcher("--dry-run -x socks5://192.0.2.1 -- -odd -- x");
    EXPECT_NE(run.output.find("command    -odd -- x\n"), std::string::npos) << run.output;
}

TEST(Launcher, RepeatsOptions) {
    const auto run = launcher("--dry-run -x socks5://192.0.2.1 -x socks5://[2001:db8::1] "
                              "--bypass 10.0.0.0/8,172.16.0.0/12 --bypass fd00::/8 -u me:word --scope process true");
    EXPECT_EQ(run.status, 0);
    for (const char *line :
         {"proxy      socks5 192.0.2.1:1080 as me", "proxy      socks5 [2001:db8::1]:1080 as me",
          "rule       direct 172.16.0.0/12", "rule       direct fd00::/8", "scope      process"})
        EXPECT_NE(run.output.find(line), std::string::npos) << line << "\n" << run.output;
    EXPECT_EQ(run.output.find("word"), std::string::npos);
}

TEST(Launcher, RefusesWhatIsWrong) {
    for (const char *args : {"--bogus true", "true", "-x socks5://192.0.2.1", "-x http://h true", "-x", "-p nosuch true",
                             "-f /nonexistent true", "-x socks5://h:0 true", "-x socks5://192.0.2.1 --scope all true",
                             "-x socks5://192.0.2.1 --handshake-timeout 0 true",
                             "-x socks5://192.0.2.1 --bypass 10.0.0.1/8 true",
                             "-x socks5://192.0.2.1 --dns proxy true"}) {
        const auto run = launcher(args);
        EXPECT_EQ(run.status, 125) << args;
        EXPECT_EQ(run.output.find("mprox-run: "), 0U) << run.output;
    }
}

const std::string kNames = "names      by the proxy: queries are answered here, and no packet leaves\n";

TEST(Launcher, TakesTheProxyOfTheEnvironment) {
    EXPECT_EQ(shell("ALL_PROXY=socks5://192.0.2.9 " LAUNCHER " --dry-run true").output,
              "proxy      socks5 192.0.2.9:1080  (ALL_PROXY)\n" + kNames + "scope      tree\ncommand    true\n");
    EXPECT_EQ(shell("ALL_PROXY=https://192.0.2.9 " LAUNCHER " --dry-run true").status, 125);
}

TEST(Launcher, TakesServersAndChains) {
    EXPECT_EQ(launcher("--dry-run -x socks4://me@192.0.2.1 -x http://192.0.2.2:3128 --strategy random true").output,
              "proxy      socks4 192.0.2.1:1080 as me\nproxy      http 192.0.2.2:3128\nstrategy   random\n" + kNames +
              "scope      tree\ncommand    true\n");
    EXPECT_EQ(launcher("--dry-run --chain --no-pipeline -x socks5h://192.0.2.1 -x http://u:p@inner.example "
                       "--proxy-digest --proxy-header 'X-A: b' true")
                  .output,
              "proxy      socks5 192.0.2.1:1080\n  then to  http inner.example:1080 as u, by Digest, headers X-A\n" + kNames +
              "scope      tree\npipeline   never\ncommand    true\n");
}

TEST(Launcher, TakesFastOpenProbesTriesAndPorts) {
    EXPECT_EQ(launcher("--dry-run -x socks5://192.0.2.1 --tries 3 --probe-interval 5 --fastopen --bind true").output,
              "proxy      socks5 192.0.2.1:1080, 3 tries\n" + kNames + "scope      tree\nfastopen   where a server offers it\n"
              "probes     every 5000 ms\nbind       ports on the proxy\ncommand    true\n");
    for (const char *words : {"--tries 11 -x socks5://192.0.2.1", "--tries 0 -x socks5://192.0.2.1",
                              "--probe-interval 0.5 -x socks5://192.0.2.1", "--bind -x http://192.0.2.1"})
        EXPECT_EQ(launcher(std::string("--dry-run ") + words + " true").status, 125) << words;
    EXPECT_EQ(shell("ALL_PROXY=socks5://192.0.2.9 " LAUNCHER " --dry-run --tries 2 true").status, 125);
}

TEST(Launcher, TakesUdpModesAndNoRoute) {
    const std::string start = "proxy      socks5 192.0.2.1:1080\n";
    const std::string end = kNames + "scope      tree\n";
    const std::string options = "--dry-run -x socks5://192.0.2.1 ";
    EXPECT_EQ(launcher(options + "--udp proxy true").output, start + end + "udp        through the proxy\ncommand    true\n");
    EXPECT_EQ(launcher(options + "--udp block true").output, start + end + "command    true\n");
    EXPECT_EQ(launcher(options + "--udp direct true").output,
              start + "rule       direct everything udp\n" + end + "command    true\n");
    EXPECT_EQ(launcher(options + "--no-route true").output, start + end + "route      never one of ours\ncommand    true\n");
    for (const char *words : {"-x socks5://192.0.2.1 --udp relay", "-x http://192.0.2.1 --udp proxy",
                              "-x socks4://192.0.2.1 --udp proxy", "-x socks5://192.0.2.1 --no-route=maybe",
                              "--chain -x socks5://192.0.2.1 -x socks5://inner --udp proxy"})
        EXPECT_EQ(launcher(std::string("--dry-run ") + words + " true").status, 125) << words;
    EXPECT_NE(launcher("-x socks5://192.0.2.1 --udp relay true").output.find("--udp"), std::string::npos);
    EXPECT_EQ(launcher("--dry-run -x http://192.0.2.1 --udp direct true").status, 0);
}

TEST(Launcher, TakesLocksAndNames) {
    const std::string options = "--dry-run -x socks5://192.0.2.1 ";
    EXPECT_NE(launcher(options + "--lock --name work true").output.find(
                  "lock       no member can change or end the scope\nname       work\n"),
              std::string::npos);
    EXPECT_NE(launcher(options + "--no-lock true").output.find("lock       none\n"), std::string::npos);
    EXPECT_EQ(launcher(options + "true").output.find("lock "), std::string::npos);
    for (const char *words : {"--name ''", "--name 'a b'", "--name 12345678901234567890123456789012"}) {
        const auto run = launcher(options + words + " true");
        EXPECT_EQ(run.status, 125) << words;
        EXPECT_NE(run.output.find("--name"), std::string::npos) << run.output;
    }
}

TEST(Launcher, ListsAndEndsAndDoesNothingElse) {
    for (const char *words : {"--list true", "--end work true", "--end ''", "--list --end work",
                              "--list -x socks5://192.0.2.1", "--end work --lock", "--end work --dry-run"})
        EXPECT_EQ(launcher(words).status, 125) << words;
    EXPECT_NE(launcher("--end work --lock").output.find("--lock has no effect"), std::string::npos);
}

TEST(Launcher, TakesLocalAndStrict) {
    const std::string options = "--dry-run -x socks5://192.0.2.1 ";
    EXPECT_NE(launcher(options + "--no-local true").output.find("\nlocal      this machine's own"), std::string::npos);
    EXPECT_NE(launcher(options + "--strict true").output.find("\nstrict     sockets of IP, Unix and netlink; no"),
              std::string::npos);
    EXPECT_NE(launcher(options + "--strict --allow-family vsock,AF_CAN true").output.find(" netlink, vsock, can; no"),
              std::string::npos);
    for (const char *words : {"--strict --allow-family vsok", "--allow-family vsock", "--user nosuchuser", "--user root"})
        EXPECT_EQ(launcher(options + words + " true").status, 125) << words;
}

TEST(Launcher, SaysWhoIsOutside) {
    const auto run = launcher("--dry-run -x socks5://192.0.2.1 docker run x");
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.output.find("docker has a daemon start containers"), std::string::npos) << run.output;
    EXPECT_EQ(launcher("-q --dry-run -x socks5://192.0.2.1 docker run x").output.find("daemon"), std::string::npos);
}

TEST(Preload, InstallsNoFilter) {
    const std::string profile = "/tmp/mprox-strict-" + std::to_string(getpid()) + ".toml";
    std::ofstream(profile) << "proxy = \"socks5://192.0.2.1\"\nstrict = true\non_failure = \"direct\"\n";
    const auto run = shell("LD_PRELOAD=" PRELOAD " MPROX_PROFILE=" + profile + " /bin/echo ran; rm " + profile);
    EXPECT_EQ(run.output.find("ran\n"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("strict = true"), std::string::npos) << run.output;
}

TEST(Launcher, TakesResolvers) {
    const std::string options = "--dry-run -x socks5://192.0.2.1 --dns proxy --dns-server ";
    EXPECT_NE(launcher(options + "9.9.9.9 true").output.find("names      asked of 9.9.9.9:53 through the proxy\n"),
              std::string::npos);
    EXPECT_NE(launcher(options + "[::1]:5353 --dns-server-direct true").output.find("[::1]:5353, directly\n"),
              std::string::npos);
    EXPECT_EQ(launcher(options + "2620:fe::fe true").status, 0);
    EXPECT_EQ(launcher(options + "resolver.example true").status, 125);
    EXPECT_EQ(launcher("--dry-run -x socks5://192.0.2.1 --dns-server-direct true").status, 125);
}

TEST(Launcher, BlamesTheOptionThatIsWrong) {
    const std::string options = "--dry-run -x socks5://192.0.2.1 --dns-server 9.9.9.9 ";
    for (const char *words : {"--scope nosuch", "--udp nosuch", "--dns nosuch", "--strategy nosuch", "--bypass nosuch",
                              "--handshake-timeout nosuch", "--attempt-timeout 0", "--probe-interval 0.5",
                              "--rounds 11", "--exempt-uid nosuch", "--exempt-pid 0"}) {
        const std::string text = words;
        const auto run = launcher(options + text + " true");
        EXPECT_EQ(run.status, 125) << text;
        EXPECT_EQ(run.output.find("mprox-run: " + text.substr(0, text.find(' ')) + ": "), 0U) << run.output;
    }
    EXPECT_EQ(launcher(options + "--scope nosuch true").output,
              "mprox-run: --scope: unknown scope 'nosuch'\n  use tree, process or global\n");
}

TEST(Launcher, RefusesWhatDoesNotFitTheProxy) {
    for (const char *words : {"-x socks5://h --proxy-digest", "-x http://192.0.2.1 --proxy-digest",
                              "-x http://192.0.2.1 --proxy-header NoColon", "-x socks5://192.0.2.1 --proxy-bearer t",
                              "-x http://u:p@192.0.2.1 --proxy-bearer t", "-x http://192.0.2.1 --proxy-bearer 'a b'",
                              "-x http://192.0.2.1 --proxy-header 'Host: h'", "-x http://192.0.2.1 -x http://0.0.0.0",
                              "-x socks5://192.0.2.1 --strategy best", "-x socks5://192.0.2.1 --rounds 11",
                              "--chain -x socks4://192.0.2.1 -x 'socks5://[2001:db8::1]'",
                              "--chain -x socks5://192.0.2.1 -x socks5://a -x socks5://b -x socks5://c -x socks5://d"})
        EXPECT_EQ(launcher(std::string("--dry-run ") + words + " true").status, 125) << words;
}

TEST(Launcher, TakesNoEmptyWordForAnOptionNotGiven) {
    for (const char *words : {"-x ''", "-u ''", "--proxy-bearer ''", "--proxy-header ''", "--strategy ''", "--scope ''",
                              "--dns ''", "--dns-server ''", "--dns-log ''", "--log ''", "--log-format ''", "--log-level ''", "--log-filter ''", "--fail-status ''", "--udp ''", "-p ''", "-f ''", "--bypass ''", "--attempt-timeout ''",
                              "--handshake-timeout ''", "--rounds ''"}) {
        const auto run = launcher(std::string("--dry-run -x http://192.0.2.1 ") + words + " true");
        EXPECT_EQ(run.status, 125) << words << "\n" << run.output;
    }
}

TEST(Launcher, AUrlsCredentialsStay) {
    const auto run = launcher("--dry-run -u me:word -x socks5://other:p@192.0.2.1 -x socks5://192.0.2.2 true");
    EXPECT_NE(run.output.find("192.0.2.1:1080 as other\n"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("192.0.2.2:1080 as me\n"), std::string::npos) << run.output;
}

TEST(Launcher, CredentialsAndHeadersNeedAProxyOfTheirs) {
    for (const char *words : {"-u me:word", "--proxy-bearer t", "--proxy-digest", "--proxy-header 'A: b'"}) {
        const auto run = shell("ALL_PROXY=http://192.0.2.9 " LAUNCHER " --dry-run " + std::string(words) + " true");
        EXPECT_EQ(run.status, 125) << words;
    }
}

/// What @p run says first.
void expect_first(const Outcome &run, const std::string &what) {
    EXPECT_EQ(run.status, 125);
    EXPECT_EQ(run.output.substr(0, run.output.find('\n')), "mprox-run: " + what);
}

TEST(Launcher, IgnoresNoOption) {
    const std::string rest = " -x http://u:sesame@192.0.2.1 ";
    for (const char *mark : {"", "-- "}) {
        const auto command = rest + mark + "touch /tmp/mprox-must-not-be";
        const auto run = launcher("--proxy-digset" + command);
        expect_first(run, "unknown option '--proxy-digset'");
        EXPECT_NE(run.output.find("did you mean '--proxy-digest'?"), std::string::npos) << run.output;
        expect_first(launcher("--chian" + command), "unknown option '--chian'");
        expect_first(launcher("--bypas=10.0.0.0/8" + command), "unknown option '--bypas'");
        expect_first(launcher(rest + "-Zsesame " + mark + "true"), "unknown option '-Z'");
        expect_first(launcher("--fastopen=no" + command), "--fastopen takes no value");
        expect_first(launcher("--scope=" + command), "--scope: is empty");
        expect_first(launcher(rest + "--scope " + mark), "--scope: 1 required SCOPE missing");
    }
    EXPECT_NE(access("/tmp/mprox-must-not-be", F_OK), 0);
}

TEST(Launcher, RefusesWhatCannotHaveAnEffect) {
    const std::string one = "--dry-run -x socks5://192.0.2.1 ";
    for (const char *words : {"--chain", "--strategy random", "--rounds 3", "--attempt-timeout 5",
                              "--dns-server 9.9.9.9", "--dns-server tls://9.9.9.9 --dns block"}) {
        const std::string text = words;
        const auto run = launcher(one + text + " true");
        EXPECT_EQ(run.status, 125) << text;
        EXPECT_EQ(run.output.find("mprox-run: " + text.substr(0, text.find(' ')) + " has no effect: "), 0U) << run.output;
    }
    EXPECT_EQ(launcher(one + "--tries 2 --attempt-timeout 5 true").status, 0);
    EXPECT_EQ(launcher(one + "-x socks5://192.0.2.2 --rounds 3 --strategy random true").status, 0);
    expect_first(launcher("--dry-run -u a:b -x socks5://c:d@192.0.2.1 true"),
                 "--proxy-user has no effect: every proxy of -x has a login of its own");
    expect_first(launcher(one + "--bind --no-preload true"),
                 "--bind has no effect: it works by libmprox_auto.so, which --no-preload leaves out");
    expect_first(launcher("-f /tmp true"), "/tmp is a directory");
    expect_first(launcher("-p /tmp/ true"), "/tmp/ is a directory");
    expect_first(launcher("--json -x socks5://192.0.2.1 true"), "--json requires --dry-run");
    EXPECT_EQ(launcher(one + "-q -v true").status, 125);
}

TEST(Launcher, TakesLogsAndAStatus) {
    const std::string options = "--dry-run -x socks5://192.0.2.1 ";
    for (const char *words : {"--log /tmp/x.json", "--log - --log-format json", "--log journal -q", "--fail-status 9",
                              "--log - --log-level error", "--log journal --log-filter 'reason!=port name=*.test' --log-filter port=80"})
        EXPECT_EQ(launcher(options + words + " true").status, 0) << words;
    for (const char *words : {"--log-format json", "--log-level error", "--log-filter port=80", "--log - --log-format xml", "--fail-status 0", "--fail-status 256"})
        EXPECT_EQ(launcher(options + words + " true").status, 125) << words;
    expect_first(launcher(options + "--log journal --log-format json true"),
                 "--log-format has no effect: an entry of the journal has fields");
    expect_first(launcher(options + "--log - --log-level loud true"), "--log-level: there is no level 'loud'");
    expect_first(launcher(options + "--log - --log-filter servr=x true"), "--log-filter: events have no key 'servr'");
    expect_first(launcher("-x socks5://192.0.2.1 --log /nonexistent/file true"),
                 "--log: cannot open '/nonexistent/file': No such file or directory");
    if (!has_module()) {
        EXPECT_EQ(launcher("--fail-status 9 -x socks5://192.0.2.1 true").status, 125);
        EXPECT_EQ(launcher("--log - -x socks5://192.0.2.1 true").output, launcher("-x socks5://192.0.2.1 true").output);
    }
}

TEST(Launcher, ShowsNoPassword) {
    for (const char *words :
         {"-x 10.0.0.1:1080:user:sesame true", "-x socks5://user:sesame true", "-x socks5://h:1080@u:sesame true",
          "-x http://192.0.2.1 --proxy-header 'Proxy-Authorization=Basic sesame: x' true", "socks5://u:sesame@h curl",
          "-p socks5://u:sesame@h true", "--dns-server socks5://u:sesame@h -x socks5://192.0.2.1 true",
          "-xsocks5://u:sesame@h:port true", "--prox=socks5://u:sesame@h true", "--fastopen=sesame true"}) {
        const auto run = launcher(words);
        EXPECT_NE(run.status, 0) << words;
        EXPECT_EQ(run.output.find("sesame"), std::string::npos) << run.output;
    }
    expect_first(shell("setsid " LAUNCHER " -u me -x socks5://192.0.2.1 true </dev/null"),
                 "--proxy-user: no password is given, and there is no terminal to ask for it");
}

TEST(Launcher, AsksForThePasswordOnTheTerminal) {
    // script(1) gives it a terminal of its own, which shows what is typed unless it is told not to.
    const auto run = shell("(sleep 1; echo sesame) | script -qec '" LAUNCHER " --dry-run -u me -x http://192.0.2.1 true' /dev/null");
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.output.find("Password of me for http://192.0.2.1:1080: "), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("http 192.0.2.1:1080 as me"), std::string::npos) << run.output;
    EXPECT_EQ(run.output.find("sesame"), std::string::npos) << run.output;
}

TEST(Launcher, LaysFilesOverEachOther) {
    const std::string home = "/tmp/mprox-home-" + std::to_string(getpid());
    const auto write = [&](const std::string &file, const std::string &text) {
        shell("mkdir -p $(dirname " + home + "/mprox/" + file + ")");
        std::ofstream(home + "/mprox/" + file) << text;
    };
    const auto run = [&](const std::string &args) { return shell("XDG_CONFIG_HOME=" + home + " " LAUNCHER " --dry-run " + args); };
    const auto from = [&](const std::string &file) { return "  (" + home + "/mprox/" + file + ")\n"; };
    const auto expect_line = [](const Outcome &outcome, const std::string &line) {
        EXPECT_NE(("\n" + outcome.output).find("\n" + line), std::string::npos) << line << "\n" << outcome.output;
    };

    write("mprox.toml", "proxy = \"socks5://192.0.2.1\"\nrounds = 2\nhandshake_timeout = 9\n");
    expect_line(run("firefox"), "proxy      socks5 192.0.2.1:1080" + from("mprox.toml"));
    expect_line(run("firefox"), "no effect  rounds: there is only one server to use" + from("mprox.toml"));
    expect_line(run("-p /dev/null firefox"), "proxy      socks5 192.0.2.1:1080" + from("mprox.toml"));
    write("conf.d/10.toml", "scope = \"process\"\nudp = \"direct\"\n");
    write("conf.d/20.toml", "udp = \"block\"\nhandshake_timeout = 8\n");
    write("profiles/web.toml", "match = [\"firefox\"]\nhandshake_timeout = 7\nbypass = \"10.0.0.0/8\"\n");
    write("profiles/mine.toml", "bypass = \"172.16.0.0/12\"\n");
    const auto all = run("-p mine --bypass 192.168.0.0/16 /usr/bin/firefox");
    expect_line(all, "time-out   7000 ms for the handshake" + from("profiles/web.toml"));
    expect_line(all, "rule       direct 192.168.0.0/16\nrule       direct 172.16.0.0/12" + from("profiles/mine.toml") +
                         "rule       direct 10.0.0.0/8" + from("profiles/web.toml"));
    expect_line(all, "scope      process" + from("conf.d/10.toml"));
    EXPECT_EQ(all.output.find("udp"), std::string::npos) << all.output;
    expect_line(run("curl"), "time-out   8000 ms for the handshake" + from("conf.d/20.toml"));
    expect_line(run("--handshake-timeout 6 firefox"), "time-out   6000 ms for the handshake\n");
    EXPECT_EQ(run("-f /dev/null firefox").status, 125); // -f: and nothing else

    const auto near = run("-p mien true");
    EXPECT_NE(near.output.find("did you mean 'mine'?"), std::string::npos) << near.output;
    write("profiles/broken.toml", "proxi = 1\n");
    EXPECT_EQ(run("true").status, 0);
    EXPECT_NE(run("true").output.find("profiles/broken.toml:1:9: proxi"), std::string::npos);
    EXPECT_EQ(run("broken").status, 125);
    shell("rm -r " + home);
}

TEST(Launcher, TakesWhatADesktopSays) {
    const auto run = shell("ALL_PROXY=socks://192.0.2.9:1081/ NO_PROXY='localhost, 10.1.2.3/8,::1,*.example.org,192.0.2.7:80' " LAUNCHER
                           " --dry-run true");
    EXPECT_EQ(run.output,
              "mprox-run: NO_PROXY: '*.example.org': only addresses and networks are honoured yet; these are reached "
              "through the proxy\nproxy      socks5 192.0.2.9:1081  (ALL_PROXY)\nrule       direct 10.0.0.0/8  (NO_PROXY)\n"
              "rule       direct ::1/128  (NO_PROXY)\nrule       direct 192.0.2.7/32 tcp port 80  (NO_PROXY)\n" + kNames +
              "scope      tree\ncommand    true\n");
    const auto without = shell("ALL_PROXY=socks://192.0.2.9 NO_PROXY=10.0.0.0/8 " LAUNCHER " --no-proxy-env --dry-run true");
    EXPECT_EQ(without.output.find("rule"), std::string::npos);
    EXPECT_EQ(shell("NO_PROXY=10.0.0.0/8 " LAUNCHER " -x socks5://192.0.2.1 --dry-run true").output.find("rule"),
              std::string::npos);
    expect_first(launcher("-x socks://192.0.2.9 true"), "the scheme socks says no version");
}

TEST(Launcher, IsCompletedByTheShells) {
    const auto help = shell(LAUNCHER " --help | sed '/^Examples/,$d' | sed -nE 's/^  (-[^ ]*).*/\\1/p' | sed 's/{[a-z]*}//' | tr , '\\n' | sort -u");
    EXPECT_NE(help.output.find("--scope\n"), std::string::npos);
    std::istringstream words(help.output);
    for (std::string word; words >> word;)
        for (const char *shell : {"bash", "zsh"}) {
            std::stringstream text;
            text << std::ifstream(std::string(CONF_FOLDER) + "/completions/mprox-run." + shell).rdbuf();
            const std::regex whole("(^|[^a-zA-Z0-9-])" + word + "($|[^a-zA-Z0-9-])");
            EXPECT_TRUE(std::regex_search(text.str(), whole)) << word << " in " << shell;
        }
    const auto complete = [](const std::string &line) {
        return shell("bash -c '. " CONF_FOLDER "/completions/mprox-run.bash; COMP_WORDS=(" + line + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                     "_mprox_run mprox-run \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; echo ${COMPREPLY[@]}'").output;
    };
    EXPECT_EQ(complete("mprox-run -x socks5://h --scope pro"), "process\n");
    EXPECT_EQ(complete("mprox-run --dns-server-"), "--dns-server-ca --dns-server-direct\n");
}

TEST(Launcher, SaysItInJson) {
    const auto run = shell("ALL_PROXY=socks://192.0.2.9 " LAUNCHER " --dry-run --json -- curl 'a \"b\"' | /usr/bin/python3 -c 'import json, sys; "
                           "d = json.load(sys.stdin); print(d[\"command\"], d[\"plan\"][0])'");
    EXPECT_EQ(run.output, "['curl', 'a \"b\"'] {'source': 'ALL_PROXY', 'text': 'socks5 192.0.2.9:1080', 'title': 'proxy'}\n");
}

TEST(Launcher, TakesTheLowerCaseVariableAndNoOther) {
    EXPECT_NE(shell("all_proxy=http://192.0.2.9 " LAUNCHER " --dry-run true").output.find("http 192.0.2.9:1080"),
              std::string::npos);
    for (const char *name : {"http_proxy", "https_proxy", "HTTPS_PROXY"})
        EXPECT_EQ(shell(std::string(name) + "=http://192.0.2.9 " LAUNCHER " --dry-run true").status, 125) << name;
}

TEST(Launcher, SaysThatTheModuleIsMissing) {
    if (has_module())
        GTEST_SKIP() << "the module is loaded here";
    const auto run = launcher("-x socks5://192.0.2.1 true");
    EXPECT_EQ(run.status, 125);
    EXPECT_NE(run.output.find("modprobe mutex_proxy"), std::string::npos) << run.output;
}

TEST(Launcher, ChecksTheProxy) {
    // Port 1 of loopback: nobody listens there.
    const auto run = launcher("--check -x socks5://127.0.0.1:1 true");
    EXPECT_EQ(run.status, 125);
    EXPECT_NE(run.output.find("cannot be reached"), std::string::npos) << run.output;
}

TEST(Preload, DoesNotStartWhatCannotBeProxied) {
    const auto run = shell("LD_PRELOAD=" PRELOAD " MPROX_PROFILE=/nonexistent.toml /bin/echo ran");
    EXPECT_EQ(run.status, 125);
    EXPECT_EQ(run.output.find("ran\n"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("is not started"), std::string::npos) << run.output;
}

TEST(Preload, KeepsItselfAcrossExec) {
    if (has_module())
        GTEST_SKIP() << "the module is loaded here";
    const std::string profile = "/tmp/mprox-direct-" + std::to_string(getpid()) + ".toml";
    std::ofstream(profile) << "proxy = \"socks5://192.0.2.1\"\non_failure = \"direct\"\n";
    const auto run =
        shell("LD_PRELOAD=" PRELOAD " MPROX_PROFILE=" + profile + " /usr/bin/env -i /usr/bin/env; rm " + profile);
    EXPECT_NE(run.output.find("WITHOUT a proxy"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("\nLD_PRELOAD=" PRELOAD "\n"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("\nMPROX_PROFILE=" + profile + "\n"), std::string::npos) << run.output;
}
