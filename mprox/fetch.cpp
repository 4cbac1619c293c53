// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch.hpp"

#include <array>
#include <cstdlib>
#include <curl/curl.h>
#include <fcntl.h>
#include <memory>
#include <sys/socket.h>
#include <unistd.h>

using mprox::Error;
using mprox::Fd;
using mprox::Result;

namespace {

struct FreeHandle {
    void operator()(CURL *curl) const { curl_easy_cleanup(curl); }
    void operator()(CURLU *url) const { curl_url_cleanup(url); }
    void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};

std::string part_of(CURLU *url, CURLUPart part, unsigned flags = 0) {
    char *text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return "";
    std::string said(text);
    curl_free(text);
    return said;
}

/// The connection that libcurl is to have. Up to 8.0 it calls connect() even of a socket that is
/// said to be connected (CURL_SOCKOPT_ALREADY_CONNECTED), and takes EISCONN for a failure. So
/// it connects a socket of datagrams, for which nothing is sent, and whose place the
/// connection takes before the first octet: before TLS begins, or the request.
struct Place {
    Fd connection;
    int socket = -1; ///< libcurl's, which it closes

    bool take() {
        if (connection && (fcntl(connection.get(), F_SETFL, O_NONBLOCK) != 0 || dup3(connection.get(), socket, O_CLOEXEC) < 0))
            return false;
        connection = Fd();
        return true;
    }
};

curl_socket_t open_socket(void *data, curlsocktype, curl_sockaddr *address) {
    auto &place = *static_cast<Place *>(data);
    if (place.socket >= 0)
        return CURL_SOCKET_BAD; // there is one connection, and no other
    place.socket = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return place.socket;
}

CURLcode before_tls(CURL *, void *, void *data) {
    return static_cast<Place *>(data)->take() ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

int before_request(void *data, char *, char *, int, int) {
    return static_cast<Place *>(data)->take() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t drop(char *, std::size_t size, std::size_t nr, void *) { return size * nr; }

Error explain(const Url &url, CURLcode code, const std::string &said) {
    const std::string why = said.empty() ? curl_easy_strerror(code) : said;
    const auto what = "the way there is open, but " + url.text + " cannot be fetched: " + why;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return {what, "give it more time by --timeout"};
    return {what, "check the URL without a proxy, if that can be"};
}

} // namespace

Result<Url> parse_url(std::string_view text) {
    const std::unique_ptr<CURLU, FreeHandle> url(curl_url());
    const std::string word(text);
    const auto error = curl_url_set(url.get(), CURLUPART_URL, word.c_str(), CURLU_DEFAULT_SCHEME);
    const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
    if (error != CURLUE_OK || (scheme != "https" && scheme != "http"))
        return Error{"this is no URL that can be fetched: " + std::string(error != CURLUE_OK ? curl_url_strerror(error) : scheme + "://"),
                     "use http://HOST[:PORT]/PATH or https://"};
    Url result{part_of(url.get(), CURLUPART_URL), {}};
    auto host = part_of(url.get(), CURLUPART_HOST);
    if (host.starts_with('['))
        host = host.substr(1, host.size() - 2);
    if (const auto address = mprox::parse_address(host))
        result.peer.address = *address;
    else
        result.peer.name = host;
    result.peer.port = static_cast<std::uint16_t>(std::strtoul(part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str(), nullptr, 10));
    if (result.peer.name.size() > MUTEX_PROXY_MAX_NAME)
        return Error{"the URL's host has more than " + std::to_string(MUTEX_PROXY_MAX_NAME) + " octets", ""};
    return result;
}

Result<long> fetch(const Url &url, Fd connection, const Deadline &deadline) {
    Place place{std::move(connection)};
    std::array<char, CURL_ERROR_SIZE> said{};
    const std::unique_ptr<CURL, FreeHandle> curl(curl_easy_init());
    if (!curl)
        return Error{"libcurl cannot be set up", ""};
    // An address for the name, so that nobody is asked for it: it is not connected to.
    const auto known = url.peer.name + ":" + std::to_string(url.peer.port) + ":127.0.0.1";
    const std::unique_ptr<curl_slist, FreeHandle> names(url.peer.name.empty() ? nullptr : curl_slist_append(nullptr, known.c_str()));
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
    set(CURLOPT_URL, url.text.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_RESOLVE, names.get());
    set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(CURLOPT_OPENSOCKETDATA, &place);
    set(CURLOPT_SSL_CTX_FUNCTION, before_tls);
    set(CURLOPT_SSL_CTX_DATA, &place);
    set(CURLOPT_PREREQFUNCTION, before_request);
    set(CURLOPT_PREREQDATA, &place);
    set(CURLOPT_WRITEFUNCTION, drop);
    set(CURLOPT_USERAGENT, "mprox/" MPROX_VERSION);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.within(std::chrono::hours(1)).count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, said.data());
    const auto code = curl_easy_perform(curl.get());
    if (code != CURLE_OK)
        return explain(url, code, said.data());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
}
