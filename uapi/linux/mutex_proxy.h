/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * MUTEX: the contract between mutex_proxy.ko and userspace.
 *
 * A proxy context is a file descriptor. It is born from /dev/mprox:
 *
 *	dev = open("/dev/mprox", O_RDWR | O_CLOEXEC);
 *	fd  = ioctl(dev, MUTEX_PROXY_IOC_CREATE, flags);
 *
 * and lives as anon_inode:[mutex_proxy]: it is inherited over fork and exec,
 * passed with SCM_RIGHTS, watched with poll, and what it says about itself is
 * in /proc/PID/fdinfo. A new context is disabled and empty. The usual order is
 * SET_POLICY (or write), ENABLE, exec.
 *
 * Every number is in host byte order and every address in network byte order,
 * unless a field says otherwise.
 *
 * Growth. Each extensible struct starts with its own size as the caller knows
 * it. A newer kernel takes a shorter struct and reads the missing tail as
 * zero; an older kernel takes a longer one if the tail it does not know is
 * zero, and answers E2BIG if not. Reserved fields and unknown flags must be
 * zero (EINVAL). The size that an ioctl's number holds is not looked at then.
 *
 * No call has a partial effect: what returns an error has changed nothing.
 */
#ifndef _UAPI_LINUX_MUTEX_PROXY_H
#define _UAPI_LINUX_MUTEX_PROXY_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * Bounds, part of the contract. A list of free proxies out of the wild has some
 * hundred entries, a list of a country's networks some thousand; a policy with as
 * much of everything as there may be holds 2.3 MiB of the kernel's memory.
 */
#define MUTEX_PROXY_MAX_SERVERS		256
/* Proxies in a row, one reached through the other. */
#define MUTEX_PROXY_MAX_HOPS		4
/* Extra header lines for an HTTP proxy, octets. */
#define MUTEX_PROXY_MAX_HEADERS		1024
#define MUTEX_PROXY_MAX_RULES		4096
#define MUTEX_PROXY_MAX_EXEMPT		16
#define MUTEX_PROXY_MAX_DNS_RULES	64
/* Records that a log of queries keeps. */
#define MUTEX_PROXY_MAX_DNS_LOG		4096
/* Different ones, of one policy. */
#define MUTEX_PROXY_MAX_RESOLVERS	16
/* RFC 1035, 2.3.4, as text. */
#define MUTEX_PROXY_MAX_NAME		253
/* RFC 1929: ULEN and PLEN are one octet, 1 to 255. */
#define MUTEX_PROXY_MAX_CRED		255
/* Contexts that a process may be a member of. */
#define MUTEX_PROXY_MAX_MEMBERSHIPS	16
#define MUTEX_PROXY_MAX_CONTEXT_NAME	31

/*
 * A machine has 65536 contexts, 65536 connections in handshake, 16384 UDP
 * associations and 4096 ports on proxies at most, and one user has 1024, 8192, 2048
 * and 512 of them; root has all that there are. What is done in a user namespace
 * counts for the owner of the outermost one. A connection counts for who connects.
 */

/*
 * Several contexts. A process may be held by more than one: those that it is a member
 * of, and the global ones of the namespace that it sends in. All that are enabled are
 * asked, and the strictest is heard: block before proxy, and proxy before direct.
 * What several would proxy is the privileged one's (made with CAP_NET_ADMIN), of such
 * the locked one's, and of those the one's that was made last; of two locked ones the
 * first one's. Names, and the addresses that stand for them, are by that order, too,
 * but a context that lets no name go direct comes before one that lets some, and that
 * before one that lets all; and of two that let some the one that was made first. In
 * another namespace than its own a context lets nothing go direct but what is for the
 * loopback there, and proxies nothing: where no context of that namespace does,
 * connect() says ENETUNREACH.
 */

/* Flags of MUTEX_PROXY_IOC_CREATE, and so of mprox_create(). */
/* Close on exec; the scope ends when the last descriptor is closed. */
#define MUTEX_PROXY_CLOEXEC		0x1u
/* read() answers EAGAIN instead of waiting. (Statistics never wait.) */
#define MUTEX_PROXY_NONBLOCK		0x2u
/* Scope is everybody in this network namespace. Needs CAP_NET_ADMIN. */
#define MUTEX_PROXY_GLOBAL		0x4u

/* Proxy types. */
#define MUTEX_PROXY_TYPE_SOCKS5		1	/* RFC 1928 */
#define MUTEX_PROXY_TYPE_HTTP		2	/* CONNECT: RFC 9110, 9.3.6 */
#define MUTEX_PROXY_TYPE_HTTPS		3	/* over TLS: EOPNOTSUPP */
#define MUTEX_PROXY_TYPE_SOCKS4		4	/* and 4A, where there is a name */

/* How a server is told who we are. */
/*
 * With the credentials if there are any, else without: SOCKS5 no authentication
 * or user/password (RFC 1929), SOCKS4 the user id, HTTP Basic (RFC 7617), or
 * Digest if the server asks for it. A SOCKS5 server that chooses "no authentication",
 * although user/password alone was offered, is let have it.
 */
#define MUTEX_PROXY_AUTH_AUTO		0
/* SOCKS5: with the credentials, and without if the server will not have them. */
#define MUTEX_PROXY_AUTH_OPTIONAL	1
/* HTTP: never Basic, so that the password is never sent; RFC 7616. */
#define MUTEX_PROXY_AUTH_DIGEST		2

/* Which server a new connection tries first; the others follow. */
#define MUTEX_PROXY_STRATEGY_FAILOVER	0	/* in the order given */
#define MUTEX_PROXY_STRATEGY_ROUND_ROBIN 1
#define MUTEX_PROXY_STRATEGY_RANDOM	2	/* by weight */
#define MUTEX_PROXY_STRATEGY_WEIGHTED	3	/* in turn, by weight */
#define MUTEX_PROXY_STRATEGY_LEAST_CONN	4	/* fewest connections per weight */
#define MUTEX_PROXY_STRATEGY_HASH_SRC	5	/* one user, one server */
#define MUTEX_PROXY_STRATEGY_HASH_DST	6	/* one destination, one server */
#define MUTEX_PROXY_STRATEGY_LATENCY	7	/* quickest to answer of late */

/* Scopes. */
/* The creating process and everything that it forks from then on. */
#define MUTEX_PROXY_SCOPE_TREE		0
/* The creating process (all of its threads) alone. */
#define MUTEX_PROXY_SCOPE_PROCESS	1
/* Every process of the network namespace. Set by MUTEX_PROXY_GLOBAL only. */
#define MUTEX_PROXY_SCOPE_GLOBAL	2

#define MUTEX_PROXY_CONFIG_VERSION	1

/**
 * struct mutex_proxy_config - the short form of a policy: one server
 * @version:	MUTEX_PROXY_CONFIG_VERSION
 * @proxy_type:	MUTEX_PROXY_TYPE_*
 * @proxy_port:	1 to 65535
 * @flags:	must be 0
 * @proxy_addr:	IPv6 address, or IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
 * @reserved:	must be 0
 *
 * Taken by write(fd, &config, sizeof(config)) and MUTEX_PROXY_IOC_SET_CONFIG:
 * replaces the servers by this one, without credentials, and keeps the rules,
 * exemptions, time-outs and how names are resolved. If there was no policy, all
 * names are MUTEX_PROXY_DNS_FAKE with the defaults of struct mutex_proxy_dns, and all
 * else has the defaults of struct mutex_proxy_policy. MUTEX_PROXY_IOC_GET_CONFIG
 * gives the first server in this form.
 */
struct mutex_proxy_config {
	__u32 version;
	__u32 proxy_type;
	__u32 proxy_port;
	__u32 flags;
	__u8  proxy_addr[16];
	__u8  reserved[32];
};

/**
 * struct mutex_proxy_stats - what read(fd) and GET_STATS return
 * @bytes_sent:		octets of payload that programs have sent; what TCP has sent
 *			again is counted once
 * @bytes_received:	octets of payload that TCP has received in order
 * @packets_sent:	segments that TCP has sent (tcpi_segs_out), those without payload
 *			and those sent again included
 * @packets_received:	segments that TCP has received (tcpi_segs_in)
 * @connections_active:	proxied connections now, those in handshake included
 * @connections_total:	connections that were to be proxied since the context was made,
 *			those included that have failed
 *
 * The counters are those of the program's own TCP sockets: of open connections as they
 * are now, of closed ones as they were at the end. Headers, and what is said to the
 * proxy before the connection is there, are in none of them. Nor are connections that
 * a rule sent direct or blocked, queries for names, and datagrams.
 */
struct mutex_proxy_stats {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	__u64 connections_active;
	__u64 connections_total;
};

/* Flags of a server. */
/*
 * Not a server of its own: the next proxy of the chain that the element before
 * it is in. Only a chain's first proxy is reached by the machine itself.
 */
#define MUTEX_PROXY_SERVER_HOP		0x1u

/**
 * struct mutex_proxy_server - one upstream, an element of policy.servers
 * @type:	MUTEX_PROXY_TYPE_*
 * @flags:	MUTEX_PROXY_SERVER_*
 * @family:	AF_INET or AF_INET6; 0 for a hop that has a @name
 * @port:	1 to 65535
 * @scope_id:	interface index for a link-local IPv6 @addr, else 0
 * @user_len:	octets of @user; 0: no credentials
 * @pass_len:	octets of @pass. SOCKS5: both lengths are zero or none is
 *		(RFC 1929). SOCKS4: 0, and @user is the user id, without a NUL.
 *		HTTP: any, but @user has neither a colon (RFC 7617, 2) nor
 *		control octets
 * @auth:	MUTEX_PROXY_AUTH_*; all but AUTO need credentials
 * @reserved:	must be 0
 * @addr:	the address; IPv4 uses the first four octets, the rest is 0
 * @user:	octets past @user_len must be 0
 * @pass:	octets past @pass_len must be 0
 * @weight:	1 to 1000, 0 means 1; 0 for a hop
 * @headers_len: octets of @headers; 0 but for HTTP
 * @name_len:	octets of @name; 0 but for a hop
 * @tries:	how often in a row, before the next one's turn comes; 1 to 10,
 *		0 means 1; 0 for a hop
 * @secrets_of:	0: @user, @pass and @headers are what they are. Else one more than the
 *		index of an element of the policy in force, which has the same @type,
 *		@family, @port, @scope_id, @addr and @name: its @user, @pass and
 *		@headers are taken, and here the three lengths are 0. GET_POLICY tells
 *		so which elements have any, and never tells them
 * @name:	instead of an address, for the hop before to resolve: letters,
 *		digits, '-', '_' and '.'
 * @headers:	whole lines, each ended by CRLF, without an empty one
 * @attempt_ms:	for each try at this server, 100 to 600000; 0: what the policy
 *		says; 0 for a hop
 *
 * The first version ended before @weight, the second before @attempt_ms.
 */
struct mutex_proxy_server {
	__u32 type;
	__u32 flags;
	__u16 family;
	__u16 port;
	__u32 scope_id;
	__u8  addr[16];
	__u8  user_len;
	__u8  pass_len;
	__u8  auth;
	__u8  reserved[5];
	__u8  user[256];
	__u8  pass[256];
	__u16 weight;
	__u16 headers_len;
	__u8  name_len;
	__u8  tries;
	__u16 secrets_of;
	__u8  name[256];
	__u8  headers[MUTEX_PROXY_MAX_HEADERS];
	__u32 attempt_ms;
};

/* Verdicts of a rule. */
/* The traffic leaves as if we were not there. */
#define MUTEX_PROXY_VERDICT_DIRECT	1
/* Through the proxy: shields a part of a wider DIRECT rule below it. */
#define MUTEX_PROXY_VERDICT_PROXY	2
/* Refused: TCP with ECONNREFUSED, everything else with EPERM. */
#define MUTEX_PROXY_VERDICT_BLOCK	3

/**
 * struct mutex_proxy_rule - what to do with a destination; first match wins
 * @verdict:	MUTEX_PROXY_VERDICT_*
 * @flags:	must be 0
 * @family:	AF_INET, AF_INET6, or 0 for both (then @prefix must be 0)
 * @prefix:	length of the prefix in bits, 0 to 32 or 128
 * @proto:	IPPROTO_TCP, IPPROTO_UDP, any other number, or 0 for all
 * @port_first:	first destination port; needs TCP or UDP as @proto
 * @port_last:	last one, not below @port_first; both 0: all ports
 * @reserved:	must be 0
 * @addr:	the network; bits past @prefix must be 0
 *
 * TCP can be proxied, and with MUTEX_PROXY_POLICY_UDP UDP: PROXY and "no rule"
 * refuse everything else.
 * Behind the last rule stand the built-in ones: loopback, link-local and
 * multicast destinations, the limited broadcast and the unspecified address
 * are DIRECT, and so is the machine's own address (see
 * MUTEX_PROXY_POLICY_NO_LOCAL); the rest is PROXY.
 */
struct mutex_proxy_rule {
	__u32 verdict;
	__u32 flags;
	__u16 family;
	__u8  prefix;
	__u8  proto;
	__u16 port_first;
	__u16 port_last;
	__u8  reserved[8];
	__u8  addr[16];
};

#define MUTEX_PROXY_EXEMPT_PID		1
#define MUTEX_PROXY_EXEMPT_UID		2

/**
 * struct mutex_proxy_exempt - who is left alone, however wide the scope
 * @kind:	MUTEX_PROXY_EXEMPT_PID: process id in the caller's pid namespace;
 *		MUTEX_PROXY_EXEMPT_UID: user id in the caller's user namespace
 * @id:		the number
 *
 * For a proxy that runs on this machine below MUTEX_PROXY_GLOBAL: its own
 * connections must not be led back into it. An exempt pid must exist (ESRCH)
 * and is forgotten when the process ends.
 */
struct mutex_proxy_exempt {
	__u32 kind;
	__u32 id;
};

/* What becomes of a query to port 53, whatever address it is sent to. */
/* A packet like any other: the rules decide. */
#define MUTEX_PROXY_DNS_NONE		0
/*
 * Answered at once, without any packet, with an address that stands for the
 * name. A connection to it is led to the proxy by that name.
 */
#define MUTEX_PROXY_DNS_FAKE		1
/*
 * Leaves as if we were not there. If a resolver is named: that one is asked, over
 * TCP, but not through the proxy.
 */
#define MUTEX_PROXY_DNS_DIRECT		2
/* Answered with NXDOMAIN. */
#define MUTEX_PROXY_DNS_BLOCK		3
/*
 * Asked of the resolver that is named, over TCP through the proxy. What it says is
 * checked, kept for as long as it says, and answered from there.
 */
#define MUTEX_PROXY_DNS_PROXY		4

/**
 * struct mutex_proxy_dns_rule - the mode of some names; first match wins
 * @mode:	MUTEX_PROXY_DNS_*, but not _NONE
 * @name_len:	octets of @name, 1 to MUTEX_PROXY_MAX_NAME
 * @reserved:	must be 0
 * @name:	in lower case, without a dot at the end: "host.example" for that
 *		name alone, "*.example" for all below example, "*" for all
 * @resolver_family: AF_INET or AF_INET6, with MUTEX_PROXY_DNS_PROXY and _DIRECT;
 *		0: none of its own
 * @resolver_port: 1 to 65535, or 0 with @resolver_family 0
 * @reserved2:	must be 0
 * @resolver_addr: IPv4 uses the first four octets, the rest is 0
 *
 * MUTEX_PROXY_DNS_PROXY without a resolver of its own asks that of struct
 * mutex_proxy_dns. The first version ended before @resolver_family.
 */
struct mutex_proxy_dns_rule {
	__u32 mode;
	__u8  name_len;
	__u8  reserved[3];
	__u8  name[256];
	__u16 resolver_family;
	__u16 resolver_port;
	__u32 reserved2;
	__u8  resolver_addr[16];
};

/* Flags of struct mutex_proxy_dns. */
/* AAAA is answered, too, though a server has an IPv4 address. */
#define MUTEX_PROXY_DNS_IPV6		0x1u
/* The resolver is reached directly: it sees to it how it asks others. */
#define MUTEX_PROXY_DNS_DIRECT_RESOLVER	0x2u
/* Of names that are FAKE, all but the addresses is asked of the resolver. */
#define MUTEX_PROXY_DNS_ASK_RECORDS	0x4u

/**
 * struct mutex_proxy_dns - how names are resolved
 * @size:	sizeof(struct mutex_proxy_dns)
 * @flags:	MUTEX_PROXY_DNS_IPV6, and, if there is a resolver,
 *		MUTEX_PROXY_DNS_DIRECT_RESOLVER, MUTEX_PROXY_DNS_ASK_RECORDS
 * @mode:	MUTEX_PROXY_DNS_*, for names that no rule matches
 * @ttl:	of a fake answer, seconds, 1 to 86400; 0 means the default, 10
 * @rules:	address of struct mutex_proxy_dns_rule[@nr_rules]
 * @nr_rules:	0 to MUTEX_PROXY_MAX_DNS_RULES; 0 with MUTEX_PROXY_DNS_NONE
 * @rule_size:	sizeof(struct mutex_proxy_dns_rule) as the caller knows it
 * @fake4:	the network that fake IPv4 addresses are of; 0.0.0.0 with
 *		@fake4_prefix 0 means the default, 198.18.0.0/15 (RFC 2544)
 * @fake6:	likewise IPv6; default fd6d:7072:6f78::/96 (RFC 4193)
 * @fake4_prefix: 8 to 28; bits of @fake4 past it must be 0
 * @fake6_prefix: 8 to 112; likewise
 * @reserved:	must be 0
 * @resolver_family: AF_INET or AF_INET6: who is asked for MUTEX_PROXY_DNS_PROXY;
 *		0: nobody, and then no name may have this mode but by a rule with
 *		a resolver of its own
 * @resolver_port: 1 to 65535, or 0 with @resolver_family 0
 * @reserved2:	must be 0
 * @resolver_addr: IPv4 uses the first four octets, the rest is 0
 *
 * The first version ended before @resolver_family. Rules and this together may
 * name MUTEX_PROXY_MAX_RESOLVERS different resolvers; one that is reached through
 * the proxy is another than the same directly. A new policy forgets what they have
 * said.
 *
 * What is asked of port 53 over UDP and TCP goes by these modes and not by the
 * rules of the policy, but for rules that name ports; so a bypassed network's
 * resolver hears nothing of what it is not to hear.
 *
 * A context remembers 65534 names, or as many as the range has room for. When
 * it is full the one that was asked for least recently makes room, but never
 * one that a connection is open to. An address of the range that stands for no
 * name (any more) is unreachable (EHOSTUNREACH), and none is ever direct.
 *
 * FAKE answers A, AAAA with MUTEX_PROXY_DNS_IPV6, and PTR of its own addresses.
 * "localhost" and names below it are loopback (RFC 6761, 6.3). Other types of
 * a name are empty, or asked for with MUTEX_PROXY_DNS_ASK_RECORDS. AAAA is always answered where no server has an IPv4 address.
 * A name that no host can have is NXDOMAIN, and so is
 * use-application-dns.net, so that Firefox leaves names to us.
 */
struct mutex_proxy_dns {
	__u32 size;
	__u32 flags;
	__u32 mode;
	__u32 ttl;
	__aligned_u64 rules;
	__u32 nr_rules;
	__u32 rule_size;
	__u8  fake4[4];
	__u8  fake6[16];
	__u8  fake4_prefix;
	__u8  fake6_prefix;
	__u8  reserved[2];
	__u16 resolver_family;
	__u16 resolver_port;
	__u32 reserved2;
	__u8  resolver_addr[16];
};

/* Flags of a policy. */
/* Wait for each answer, instead of saying all at once where a server takes it. */
#define MUTEX_PROXY_POLICY_STEPWISE	0x1u
/*
 * TCP Fast Open (RFC 7413): to a server that has given this namespace a cookie,
 * what is to be said first rides on the SYN. A SYN that the network delivers
 * twice (RFC 7413, 6.3.1) may then open two connections to the destination.
 */
#define MUTEX_PROXY_POLICY_FASTOPEN	0x2u
/* Members of the scope may ask for ports on the proxy: MUTEX_PROXY_IOC_BIND. */
#define MUTEX_PROXY_POLICY_BIND		0x4u
/*
 * UDP goes through servers that are one SOCKS5 proxy (UDP ASSOCIATE: RFC 1928, 7)
 * instead of being refused.
 */
#define MUTEX_PROXY_POLICY_UDP		0x8u
/*
 * An address of this machine that is not loopback's is a destination like any
 * other. Without this flag what is sent from such an address to itself, and that is
 * what a socket without a source of its own choice does, is direct as long as its
 * route ends on this machine. Queries to port 53 go by struct mutex_proxy_dns all
 * the same, and an address that stands for a name is never direct.
 */
#define MUTEX_PROXY_POLICY_NO_LOCAL	0x10u

/**
 * struct mutex_proxy_policy - everything that a context does, in one piece
 * @size:		sizeof(struct mutex_proxy_policy)
 * @flags:		MUTEX_PROXY_POLICY_*
 * @servers:		address of struct mutex_proxy_server[@nr_servers]
 * @rules:		address of struct mutex_proxy_rule[@nr_rules]
 * @exempt:		address of struct mutex_proxy_exempt[@nr_exempt]
 * @nr_servers:		1 to MUTEX_PROXY_MAX_SERVERS, and the hops besides
 * @nr_rules:		0 to MUTEX_PROXY_MAX_RULES
 * @nr_exempt:		0 to MUTEX_PROXY_MAX_EXEMPT
 * @server_size:	sizeof(struct mutex_proxy_server) as the caller knows it
 * @rule_size:		sizeof(struct mutex_proxy_rule), likewise
 * @handshake_ms:	from the SYN to the last word, all attempts together,
 *			milliseconds, 100 to 600000; 0 means the default, 60000.
 *			tcp_syn_retries, TCP_SYNCNT and TCP_USER_TIMEOUT do not
 *			shorten it
 * @strategy:		MUTEX_PROXY_STRATEGY_*
 * @attempt_ms:		for one server of several, 100 to 600000; 0 means the
 *			default, 10000. The only one of its address family has
 *			all the time once it has taken the connection
 * @rounds:		how often the list of servers is gone through, 1 to 10;
 *			0 means the default, 2
 * @fail_ms:		how long a server that failed is put behind the others;
 *			doubles with each failure in a row, up to 32 times;
 *			100 to 600000; 0 means the default, 1000
 * @probe_ms:		how often each server is probed with a connection that
 *			says nothing, 1000 to 3600000; 0: never. One that does
 *			not take it is put behind the others, and one that does
 *			is no longer, before a connect() has to find out
 * @bind_ms:		how long a port on the proxy waits for its peer, 1000 to
 *			3600000; 0 means the default, 180000
 * @dns:		address of struct mutex_proxy_dns; 0: MUTEX_PROXY_DNS_NONE
 * @relay_family:	AF_INET or AF_INET6: UDP relays are at @relay_addr, whatever
 *			the proxy says; 0: where it says, and at its own address
 *			if that is 0.0.0.0 or ::
 * @reserved:		must be 0
 * @max_connects_per_second: how many connections the scope may ask the proxy for, 1 to
 *			1000000, and so many at once; connect() of more is
 *			ECONNREFUSED. 0: any number
 * @relay_addr:		IPv4 uses the first four octets, the rest is 0
 *
 * A connection takes the servers of its destination's address family first (a chain:
 * of its first proxy's); if there is none, or they have failed, those of the other.
 * Packets of an IPv4 socket to a server of IPv6 are translated. Connections to a
 * server's own address and port are always direct, so that the proxy is never
 * led through itself; hops of a chain are not.
 *
 * A server that is dead, silent, refuses us or speaks another protocol costs
 * the connect() time: the next one is tried. What speaks of the destination
 * (RFC 1928: network or host unreachable, connection refused, TTL expired) is
 * final. When no server is left, connect() has the last one's error.
 *
 * A new policy holds for new connections. Those in handshake finish with the
 * one that they began with; established ones are not touched.
 *
 * The first version ended before @strategy, the second before @probe_ms, the
 * third before @dns. With @dns goes all behind it.
 */
struct mutex_proxy_policy {
	__u32 size;
	__u32 flags;
	__aligned_u64 servers;
	__aligned_u64 rules;
	__aligned_u64 exempt;
	__u32 nr_servers;
	__u32 nr_rules;
	__u32 nr_exempt;
	__u32 server_size;
	__u32 rule_size;
	__u32 handshake_ms;
	__u32 strategy;
	__u32 attempt_ms;
	__u32 rounds;
	__u32 fail_ms;
	__u32 probe_ms;
	__u32 bind_ms;
	__aligned_u64 dns;
	__u16 relay_family;
	__u16 reserved;
	__u32 max_connects_per_second;
	__u8  relay_addr[16];
};

/**
 * struct mutex_proxy_scope - who is captured
 * @size:	sizeof(struct mutex_proxy_scope)
 * @flags:	must be 0
 * @scope:	MUTEX_PROXY_SCOPE_TREE or _PROCESS
 * @reserved:	must be 0
 */
struct mutex_proxy_scope {
	__u32 size;
	__u32 flags;
	__u32 scope;
	__u32 reserved;
};

/**
 * struct mutex_proxy_join - the calling process enters the scope
 * @size:	sizeof(struct mutex_proxy_join)
 * @flags:	must be 0
 *
 * For a process that got the descriptor over a socket: to hold it is not to be
 * in scope, to join is. What it forks later follows the context's scope.
 */
struct mutex_proxy_join {
	__u32 size;
	__u32 flags;
};

/**
 * struct mutex_proxy_bind - a port on the proxy for a socket that listens
 * @size:	sizeof(struct mutex_proxy_bind)
 * @flags:	must be 0
 * @fd:		the caller's socket: TCP, bound, not connected
 * @peer_family: AF_INET or AF_INET6: who is expected to connect
 * @peer_port:	its port, or 0: unknown
 * @peer_addr:	its address; IPv4 uses the first four octets, the rest is 0
 * @family:	result: AF_INET or AF_INET6
 * @port:	result: the port, host byte order
 * @addr:	result: the address, in the form of @peer_addr
 * @reserved:	must be 0
 *
 * SOCKS BIND (RFC 1928, 4). The proxy opens a port and says which: the result.
 * The one connection that it takes there appears at the socket, which must
 * listen by then, like any other: poll() and accept() know no difference. Its
 * getpeername() says @peer_addr and @peer_port; the latter as 1 if it is 0.
 */
struct mutex_proxy_bind {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u16 peer_family;
	__u16 peer_port;
	__u8  peer_addr[16];
	__u16 family;
	__u16 port;
	__u8  addr[16];
	__u32 reserved;
};

/**
 * struct mutex_proxy_name - what a context is called
 * @size:	sizeof(struct mutex_proxy_name)
 * @flags:	must be 0
 * @name:	1 to MUTEX_PROXY_MAX_CONTEXT_NAME printable ASCII characters without a
 *		blank; the rest is 0
 */
struct mutex_proxy_name {
	__u32 size;
	__u32 flags;
	char  name[MUTEX_PROXY_MAX_CONTEXT_NAME + 1];
};

/* Flags of struct mutex_proxy_context. */
#define MUTEX_PROXY_CONTEXT_ENABLED	0x1u
#define MUTEX_PROXY_CONTEXT_PRIVILEGED	0x2u	/* made with CAP_NET_ADMIN */
#define MUTEX_PROXY_CONTEXT_LOCKED	0x4u
/* Locked, global, and without a descriptor: it refuses what it has proxied. */
#define MUTEX_PROXY_CONTEXT_SEALED	0x8u
#define MUTEX_PROXY_CONTEXT_MEMBER	0x10u	/* the caller is one of its members */

/**
 * struct mutex_proxy_context - what is told of a context
 * @id:		its number: no other context has it, and none has it soon
 * @scope:	MUTEX_PROXY_SCOPE_*
 * @flags:	MUTEX_PROXY_CONTEXT_*
 * @uid:	who made it, as the caller's user namespace calls him
 * @members:	processes that are members of it
 * @descriptors: how many there are
 * @netns:	inode of its network namespace, as /proc/PID/ns/net has it
 * @name:	what it is called, or empty
 */
struct mutex_proxy_context {
	__u32 id;
	__u32 scope;
	__u32 flags;
	__u32 uid;
	__u32 members;
	__u32 descriptors;
	__u64 netns;
	char  name[MUTEX_PROXY_MAX_CONTEXT_NAME + 1];
};

/* Flags of struct mutex_proxy_list. */
/* Only what holds the caller: contexts that it is a member of, and global ones. */
#define MUTEX_PROXY_LIST_MINE		0x1u

/**
 * struct mutex_proxy_list - contexts that the caller may know of
 * @flags:	MUTEX_PROXY_LIST_*
 * @room:	how many @contexts has room for, 0 to 65536
 * @contexts:	address of struct mutex_proxy_context[@room]; result
 * @context_size: sizeof(struct mutex_proxy_context)
 * @nr:		0; result: how many there are. Of more than @room the first ones are
 *		told
 * @reserved:	must be 0
 */
struct mutex_proxy_list {
	__u32 flags;
	__u32 room;
	__aligned_u64 contexts;
	__u32 context_size;
	__u32 nr;
	__u64 reserved;
};

/* Kinds of struct mutex_proxy_event, and as bits (1 << kind) what a reader wants. */
#define MUTEX_PROXY_EVENT_LOST		0	/* always told */
/* A member's connect() is to go through a proxy; or it has a relay for datagrams. */
#define MUTEX_PROXY_EVENT_OPEN		1
/* One attempt at one server has failed; another one may follow. */
#define MUTEX_PROXY_EVENT_ATTEMPT	2
/* The connect() has failed. */
#define MUTEX_PROXY_EVENT_FAILED	3
/* The way through the proxy is up. */
#define MUTEX_PROXY_EVENT_PROXIED	4
/* A connection that a rule, or where it goes to, has sent past the proxy. */
#define MUTEX_PROXY_EVENT_DIRECT	5
/* Not let out, and never at a proxy. */
#define MUTEX_PROXY_EVENT_REFUSED	6
/* What was PROXIED has ended. */
#define MUTEX_PROXY_EVENT_CLOSED	7
/* The context was changed: @reason is MUTEX_PROXY_CHANGE_*. */
#define MUTEX_PROXY_EVENT_POLICY	8
/* A server has failed that had worked, or had not been asked yet; and the reverse. */
#define MUTEX_PROXY_EVENT_SERVER_DOWN	9
#define MUTEX_PROXY_EVENT_SERVER_UP	10
#define MUTEX_PROXY_EVENT_ALERT		11
/* A query is over: @reason is MUTEX_PROXY_QUERY_*. */
#define MUTEX_PROXY_EVENT_QUERY		12
/* Not an event: a connection or an association as it is now (FLOWS). */
#define MUTEX_PROXY_EVENT_FLOW		13
#define MUTEX_PROXY_EVENT_KINDS		14

/*
 * Why, of ATTEMPT, FAILED, REFUSED, DIRECT and SERVER_DOWN. To be read behind the
 * server's name; those from NO_ROUTE on are nobody's but ours.
 */
#define MUTEX_PROXY_REASON_NONE			0
/* By what it says first, it is something else than it is said to be. */
#define MUTEX_PROXY_REASON_IS_HTTP		1
#define MUTEX_PROXY_REASON_IS_SOCKS5		2
#define MUTEX_PROXY_REASON_IS_TLS		3
#define MUTEX_PROXY_REASON_IS_SSH		4
#define MUTEX_PROXY_REASON_IS_OTHER		5
#define MUTEX_PROXY_REASON_GARBLED		6	/* breaks its own protocol */
/* Who we are. */
#define MUTEX_PROXY_REASON_LOGIN_WANTED		7
#define MUTEX_PROXY_REASON_LOGIN_WRONG		8
#define MUTEX_PROXY_REASON_LOGIN_UNWANTED	9	/* SOCKS5: takes none */
#define MUTEX_PROXY_REASON_LOGIN_NEEDLESS	10	/* SOCKS5: lets anybody in */
#define MUTEX_PROXY_REASON_LOGIN_KIND		11	/* none that is spoken here */
#define MUTEX_PROXY_REASON_IDENT		12	/* SOCKS4 */
/* What it does. */
#define MUTEX_PROXY_REASON_RULE			13	/* a rule of the proxy's */
#define MUTEX_PROXY_REASON_PORTAL		14
#define MUTEX_PROXY_REASON_BUSY			15
#define MUTEX_PROXY_REASON_NO_CONNECT		16	/* HTTP, but without CONNECT */
#define MUTEX_PROXY_REASON_COMMAND		17
#define MUTEX_PROXY_REASON_ADDRESS_TYPE		18
#define MUTEX_PROXY_REASON_FAILED		19	/* it does not say why */
/* What it says of the destination. */
#define MUTEX_PROXY_REASON_NET			20
#define MUTEX_PROXY_REASON_HOST			21
#define MUTEX_PROXY_REASON_PORT			22
#define MUTEX_PROXY_REASON_TIMEOUT		23
/* How it is reached. */
#define MUTEX_PROXY_REASON_SERVER_REFUSED	64	/* nobody listens there */
#define MUTEX_PROXY_REASON_SERVER_TIMEOUT	65	/* its host does not answer */
#define MUTEX_PROXY_REASON_SERVER_UNREACHABLE	66	/* a router says so */
#define MUTEX_PROXY_REASON_SERVER_CLOSED	67	/* has hung up on us */
#define MUTEX_PROXY_REASON_SERVER_SILENT	68	/* connected, and says nothing */
/* What we find. */
#define MUTEX_PROXY_REASON_NO_ROUTE		80	/* to the server */
#define MUTEX_PROXY_REASON_NO_PORT		81	/* all are in use towards it */
#define MUTEX_PROXY_REASON_NO_SERVER		82	/* none that can do this */
#define MUTEX_PROXY_REASON_DEADLINE		83	/* handshake_ms are over */
#define MUTEX_PROXY_REASON_ABORTED		84	/* the program has given up */
#define MUTEX_PROXY_REASON_NO_MEMORY		85
#define MUTEX_PROXY_REASON_QUOTA		86	/* too many in handshake */
#define MUTEX_PROXY_REASON_RATE			87	/* max_connects_per_second */
#define MUTEX_PROXY_REASON_NO_NAME		88	/* it stands for no name any more */
#define MUTEX_PROXY_REASON_SIGNED		89	/* TCP-MD5, TCP-AO */
#define MUTEX_PROXY_REASON_NETNS		90	/* not the context's namespace */
#define MUTEX_PROXY_REASON_DETOUR		91	/* source-routed */
#define MUTEX_PROXY_REASON_BLOCKED		92	/* by rule @rule */
#define MUTEX_PROXY_REASON_PROTOCOL		93	/* no proxy carries it */
#define MUTEX_PROXY_REASON_SEALED		94	/* see MUTEX_PROXY_CONTEXT_SEALED */
#define MUTEX_PROXY_REASON_NO_RELAY		95	/* no server relays datagrams */
#define MUTEX_PROXY_REASON_SYSTEM		96	/* the kernel: @error says why */
/* Of FLOW: it is not up yet. */
#define MUTEX_PROXY_REASON_HANDSHAKE		97
/* Of DIRECT. */
#define MUTEX_PROXY_REASON_BY_RULE		112	/* @rule */
#define MUTEX_PROXY_REASON_BUILTIN		113	/* loopback, link-local, ... */
#define MUTEX_PROXY_REASON_LOCAL		114	/* stays on this machine */
#define MUTEX_PROXY_REASON_IS_SERVER		115	/* one of the policy's own */
/* None is as high. */
#define MUTEX_PROXY_REASONS			128

/* What was done to a context. */
#define MUTEX_PROXY_CHANGE_POLICY	1
#define MUTEX_PROXY_CHANGE_ENABLED	2
#define MUTEX_PROXY_CHANGE_DISABLED	3
#define MUTEX_PROXY_CHANGE_LOCKED	4
#define MUTEX_PROXY_CHANGE_JOINED	5	/* by @pid */
#define MUTEX_PROXY_CHANGE_SEALED	6
#define MUTEX_PROXY_CHANGE_ENDED	7

/*
 * What an ALERT is about. Its record's @status is 1 when the figure has reached its
 * limit, and 0 when it is clear of it again; @bytes_sent is the figure, and
 * @bytes_received the limit.
 */
#define MUTEX_PROXY_ALERT_FAILED	1	/* connections, in one window */
#define MUTEX_PROXY_ALERT_FAILED_PERCENT 2	/* of those that have not been given up */
#define MUTEX_PROXY_ALERT_LATENCY	3	/* of the ways, milliseconds, the mean */
#define MUTEX_PROXY_ALERT_BANDWIDTH	4	/* octets per second, both directions */
#define MUTEX_PROXY_ALERT_SERVERS_DOWN	5
#define MUTEX_PROXY_ALERT_KINDS		6

/* What has become of a query; the words of DNS_LOG. */
#define MUTEX_PROXY_QUERY_FAKED		1
#define MUTEX_PROXY_QUERY_EMPTY		2
#define MUTEX_PROXY_QUERY_BLOCKED	3
#define MUTEX_PROXY_QUERY_CACHED	4
#define MUTEX_PROXY_QUERY_ASKED		5
#define MUTEX_PROXY_QUERY_DIRECT	6
#define MUTEX_PROXY_QUERY_BAD		7

/**
 * struct mutex_proxy_endpoint - an address and a port
 * @family:	AF_INET or AF_INET6; 0: none
 * @port:	host byte order
 * @scope_id:	interface index of a link-local one
 * @addr:	IPv4 uses the first four octets, the rest is 0
 */
struct mutex_proxy_endpoint {
	__u16 family;
	__u16 port;
	__u32 scope_id;
	__u8  addr[16];
};

/**
 * struct mutex_proxy_event - what has happened, as EVENTS and FLOWS tell it
 * @size:	octets of this record with its strings; a multiple of 8
 * @head:	octets before the strings: sizeof(struct mutex_proxy_event) as the
 *		kernel knows it
 * @kind:	MUTEX_PROXY_EVENT_*
 * @proto:	IPPROTO_*; 0: it is about none
 * @context:	its number
 * @reason:	MUTEX_PROXY_REASON_*, _CHANGE_* or _QUERY_*
 * @error:	errno that the program gets, or would (ATTEMPT); 0: none
 * @flow:	joins the records of one connection; unique in its context. 0: none
 * @time:	nanoseconds of CLOCK_REALTIME
 * @monotonic:	nanoseconds of CLOCK_MONOTONIC
 * @duration:	nanoseconds. PROXIED, FAILED: since OPEN. CLOSED, FLOW: since PROXIED
 * @bytes_sent: CLOSED, FLOW: as in struct mutex_proxy_stats. LOST: how many records
 *		there was no room for since the one before
 * @bytes_received: likewise
 * @pid:	thread that did it, as the reader's pid namespace calls it; 0: it has
 *		none there, is gone, or it is not known (CLOSED)
 * @tgid:	its process, likewise
 * @uid:	the socket's owner, as the reader's user namespace calls him
 * @rtt_us:	PROXIED, CLOSED, FLOW: round trip to the server, microseconds
 * @server:	index of policy.servers without hops; 0xffff: none
 * @rule:	index of policy.rules; 0xffff: none
 * @status:	ATTEMPT, FAILED: what the server said, in numbers: HTTP's status, or
 *		SOCKS' reply code. QUERY: the response code. 0: none
 * @attempts:	begun for this connection so far
 * @type:	QUERY: the type asked for
 * @hop:	ATTEMPT, FAILED: which proxy of its chain said it, from 0
 * @name_len:	octets of the name: what the destination stands for, or what is asked
 *		for, or whom an ALERT is about
 * @exe_len:	octets of the executable's path; OPEN, DIRECT and REFUSED have one
 * @reserved:	0
 * @to:		the destination, as the program asked for it
 * @via:	the server's address
 * @comm:	the thread's name, NUL-terminated
 *
 * Behind @head: the name, then the path, neither of them NUL-terminated; neither may
 * be trusted to be text.
 */
struct mutex_proxy_event {
	__u16 size;
	__u16 head;
	__u8  kind;
	__u8  proto;
	__u16 reason;
	__u32 context;
	__s32 error;
	__u64 flow;
	__u64 time;
	__u64 monotonic;
	__u64 duration;
	__u64 bytes_sent;
	__u64 bytes_received;
	__u32 pid;
	__u32 tgid;
	__u32 uid;
	__u32 rtt_us;
	__u16 server;
	__u16 rule;
	__u16 status;
	__u16 attempts;
	__u16 type;
	__u16 hop;
	__u16 name_len;
	__u16 exe_len;
	struct mutex_proxy_endpoint to;
	struct mutex_proxy_endpoint via;
	__u8  comm[16];
	__u64 reserved;
};

/* What one record has at most: the struct, a name, a path, up to a multiple of 8. */
#define MUTEX_PROXY_EVENT_MAX		1024
/* A path that is longer is not told. */
#define MUTEX_PROXY_MAX_EXE		512
/* Readers of one context's events. */
#define MUTEX_PROXY_MAX_READERS		8
/* What read() must have room for. */
#define MUTEX_PROXY_MIN_EVENTS_READ	2048
#define MUTEX_PROXY_MIN_EVENTS_ROOM	4096
#define MUTEX_PROXY_MAX_EVENTS_ROOM	16777216

/**
 * struct mutex_proxy_events - what a reader of events wants
 * @size:	sizeof(struct mutex_proxy_events)
 * @flags:	0, or MUTEX_PROXY_NONBLOCK
 * @kinds:	bits: 1 << MUTEX_PROXY_EVENT_*, but LOST and FLOW; 0: all of them
 * @room:	octets that are kept for the reader,
 *		MUTEX_PROXY_MIN_EVENTS_ROOM to MUTEX_PROXY_MAX_EVENTS_ROOM;
 *		0: 262144
 */
struct mutex_proxy_events {
	__u32 size;
	__u32 flags;
	__u32 kinds;
	__u32 room;
};

/**
 * struct mutex_proxy_flows - the connections and associations of a context
 * @size:	sizeof(struct mutex_proxy_flows)
 * @flags:	must be 0
 * @records:	address of @room octets
 * @room:	0 to MUTEX_PROXY_MAX_EVENTS_ROOM
 * @used:	0; result: octets of records (struct mutex_proxy_event) that were
 *		written
 * @nr:		0; result: how many there are. Those that there is no room for are
 *		left out
 * @reserved:	must be 0
 */
struct mutex_proxy_flows {
	__u32 size;
	__u32 flags;
	__aligned_u64 records;
	__u32 room;
	__u32 used;
	__u32 nr;
	__u32 reserved;
};

/* Buckets of a histogram. */
#define MUTEX_PROXY_LATENCY_BUCKETS	32

/**
 * struct mutex_proxy_server_statistics - what a context has had of one server
 * @at:			the server, or the first proxy of a chain
 * @hops:		proxies in a row
 * @failures:		in a row: 0 as long as it works
 * @latency_us:		from SYN to SYN-ACK, smoothed, microseconds; 0: not known
 * @connections_active:	on it now
 * @connections_proxied: ways through it that were up
 * @attempts_failed:	at it
 * @bytes_sent, @bytes_received: octets of payload of its connections that are over
 */
struct mutex_proxy_server_statistics {
	struct mutex_proxy_endpoint at;
	__u32 hops;
	__u32 failures;
	__u32 latency_us;
	__u32 connections_active;
	__u64 connections_proxied;
	__u64 attempts_failed;
	__u64 bytes_sent;
	__u64 bytes_received;
};

/**
 * struct mutex_proxy_statistics - what STATISTICS tells
 * @size:		sizeof(struct mutex_proxy_statistics)
 * @flags:		must be 0
 * @contexts:		that this is about: 1, or all of a namespace
 * @members:		processes
 * @connections_active:	being proxied now, those in handshake included
 * @connections_handshake: now
 * @connections_total:	that were to be proxied
 * @connections_proxied: of these, had a way through a proxy
 * @connections_failed:	had none
 * @connections_direct:	that a rule, or where they went, has sent past the proxy
 * @bytes_sent, @bytes_received, @packets_sent, @packets_received: as in struct
 *			mutex_proxy_stats
 * @associations:	for datagrams, that proxies have opened
 * @datagrams_sent:	of programs, to proxies
 * @datagrams_received:	from proxies, that could be told to programs
 * @datagram_bytes_sent, @datagram_bytes_received: octets of their payload
 * @queries:		for names: [0] all of them, then by MUTEX_PROXY_QUERY_*
 * @refused:		calls and packets of the scope that were not let out: [0] TCP,
 *			[1] UDP, [2] ICMP, [3] raw, [4] other
 * @latency:		from connect() to the way through the proxy: [0] below one
 *			microsecond, [N] below 2^N of them, the last one all the others
 * @latency_us:		of all in @latency together, microseconds
 * @reasons:		why connections have failed, and what was refused was: by
 *			MUTEX_PROXY_REASON_*
 * @alerts:		bits: 1 << MUTEX_PROXY_ALERT_*, which there are now
 * @server_size:	sizeof(struct mutex_proxy_server_statistics)
 * @servers:		address of struct mutex_proxy_server_statistics[@nr_servers]
 * @nr_servers:		how many @servers has room for; result: how many there are, by
 *			their index in policy.servers without hops. Of more than there
 *			is room for the first ones are told
 * @reserved:		must be 0
 *
 * What is counted is never less than before, as long as the context lives, or, of a
 * namespace, for as long as that does: those that have ended are in its sums.
 */
struct mutex_proxy_statistics {
	__u32 size;
	__u32 flags;
	__u32 contexts;
	__u32 members;
	__u64 connections_active;
	__u64 connections_handshake;
	__u64 connections_total;
	__u64 connections_proxied;
	__u64 connections_failed;
	__u64 connections_direct;
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	__u64 associations;
	__u64 datagrams_sent;
	__u64 datagrams_received;
	__u64 datagram_bytes_sent;
	__u64 datagram_bytes_received;
	__u64 queries[8];
	__u64 refused[8];
	__u64 latency[MUTEX_PROXY_LATENCY_BUCKETS];
	__u64 latency_us;
	__u64 reasons[MUTEX_PROXY_REASONS];
	__u32 alerts;
	__u32 server_size;
	__aligned_u64 servers;
	__u32 nr_servers;
	__u32 reserved;
};

/* What read() of the descriptor gives, and when poll() says POLLIN: READ_FORMAT. */
#define MUTEX_PROXY_READ_STATS		0	/* struct mutex_proxy_stats; at any time */
/* struct mutex_proxy_statistics without servers; when it has news. */
#define MUTEX_PROXY_READ_STATISTICS	1

/**
 * struct mutex_proxy_alerts - when an ALERT is told
 * @size:		sizeof(struct mutex_proxy_alerts)
 * @flags:		must be 0
 * @window_ms:		how long each look at the figures is, milliseconds, 1000 to
 *			600000; 0: there are no alerts, and all the rest is 0
 * @clear_percent:	an alert is over when its figure is below so much of the limit
 *			for one window, 1 to 100; 0 means the default, 80
 * @failed:		connections in one window
 * @failed_percent:	1 to 100
 * @min_connects:	without so many in a window, @failed_percent is not looked at; 0
 *			means the default, 10
 * @latency_ms:		mean, milliseconds
 * @bytes_per_second:	in both directions
 * @servers_down:	1 to MUTEX_PROXY_MAX_SERVERS
 * @reserved:		must be 0
 *
 * A limit of 0 is none; one at least is wanted.
 */
struct mutex_proxy_alerts {
	__u32 size;
	__u32 flags;
	__u32 window_ms;
	__u32 clear_percent;
	__u32 failed;
	__u32 failed_percent;
	__u32 min_connects;
	__u32 latency_ms;
	__u64 bytes_per_second;
	__u32 servers_down;
	__u32 reserved;
};

#define MUTEX_PROXY_IOC_MAGIC	0xB7

/* Sockets that one context keeps: MUTEX_PROXY_IOC_KEEP. */
#define MUTEX_PROXY_MAX_KEPT		4

/*
 * On /dev/mprox.
 *
 * CREATE: the argument is the flags, the result is the new descriptor.
 *	EINVAL	unknown flag
 *	EPERM	no CAP_NET_ADMIN in the user namespace that owns the network
 *		namespace, and not (module parameter unprivileged=1, no_new_privs
 *		set by every thread of the caller, MUTEX_PROXY_GLOBAL not asked for)
 *	EDQUOT	the user has as many contexts as one may have
 *	ENOSPC	the process is in MUTEX_PROXY_MAX_MEMBERSHIPS contexts
 *	ENOMEM, EMFILE, ENFILE
 */
#define MUTEX_PROXY_IOC_CREATE		_IO(MUTEX_PROXY_IOC_MAGIC, 0x00)

/*
 * Contexts by number, on /dev/mprox as well. The caller may know of those that he is a
 * member of; with CAP_NET_ADMIN in the user namespace that owns a context's network
 * namespace, of that one; and of those without CAP_NET_ADMIN that he has made himself.
 *
 * LIST:
 *	EINVAL	a flag that is unknown; room, context_size, nr or reserved
 *	ENOMEM
 * OPEN_ID: the argument is the number, the result a descriptor (close-on-exec), which
 *	is one more of the context.
 *	EINVAL	argument above 2^32 - 1
 *	ENOENT	the caller may know of no such context, but if he is a member
 *	ESTALE	it is sealed, or ending
 *	ENOMEM, EMFILE, ENFILE
 * NET_STATISTICS: the sums of the caller's network namespace, with those of contexts
 *	that have ended, and without servers.
 *	E2BIG, EINVAL size, flags, server_size or reserved
 *	EPERM	no CAP_NET_ADMIN in the user namespace that owns the network namespace
 *	ENOMEM
 * END: the argument is the number. The scope is over: what it has held goes direct,
 *	and no lock is left of it.
 *	EINVAL, ENOENT	as OPEN_ID
 *	EPERM	it is locked, and the caller is a member
 */
#define MUTEX_PROXY_IOC_LIST		_IOWR(MUTEX_PROXY_IOC_MAGIC, 0x20, \
					      struct mutex_proxy_list)
#define MUTEX_PROXY_IOC_OPEN_ID		_IO(MUTEX_PROXY_IOC_MAGIC, 0x21)
#define MUTEX_PROXY_IOC_END		_IO(MUTEX_PROXY_IOC_MAGIC, 0x22)
#define MUTEX_PROXY_IOC_NET_STATISTICS	_IOWR(MUTEX_PROXY_IOC_MAGIC, 0x23, \
					      struct mutex_proxy_statistics)

/*
 * On the proxy descriptor. All but GET_STATS, STATISTICS, JOIN, BIND and INFO need what
 * CREATE needed, checked against the context's own network namespace (EPERM); write()
 * needs it of whoever opened the descriptor as well. An unknown number is ENOTTY, a bad
 * address EFAULT.
 *
 * When the last descriptor of a context is closed while it is disabled, it is over.
 *
 * ENABLE: scoped connections are proxied from now on.
 *	EINVAL	argument not 0
 *	ENODATA	no server is set
 *	ENOMEM
 * DISABLE: new connections of the scope go direct again; established ones and
 *	those in handshake stay on the proxy.
 *	EINVAL	argument not 0
 */
#define MUTEX_PROXY_IOC_ENABLE		_IO(MUTEX_PROXY_IOC_MAGIC, 0x01)
#define MUTEX_PROXY_IOC_DISABLE		_IO(MUTEX_PROXY_IOC_MAGIC, 0x02)

/*
 * SET_CONFIG, and write() of exactly one struct mutex_proxy_config:
 *	EINVAL	write of another length; version not 1; port 0 or above 65535;
 *		unspecified, multicast or broadcast address; flags or reserved
 *		not 0; unknown proxy_type
 *	EOPNOTSUPP proxy_type known, but not spoken by this module
 *	ENOMEM
 * GET_CONFIG:
 *	ENODATA	no server is set
 */
#define MUTEX_PROXY_IOC_SET_CONFIG	_IOW(MUTEX_PROXY_IOC_MAGIC, 0x03, \
					     struct mutex_proxy_config)
#define MUTEX_PROXY_IOC_GET_CONFIG	_IOR(MUTEX_PROXY_IOC_MAGIC, 0x04, \
					     struct mutex_proxy_config)

/*
 * GET_STATS, and read() of at least sizeof(struct mutex_proxy_stats):
 *	EINVAL	read into a shorter buffer
 */
#define MUTEX_PROXY_IOC_GET_STATS	_IOR(MUTEX_PROXY_IOC_MAGIC, 0x05, \
					     struct mutex_proxy_stats)

/*
 * SET_POLICY:
 *	E2BIG	size above a page, or a tail that is unknown here is not zero
 *	EINVAL	size below the first version's; flags not 0; a count out of its
 *		bounds; server_size or rule_size below the first version's or
 *		above a page; handshake_ms out of range; a server or rule that
 *		breaks what its struct promises; unknown exempt kind; a uid
 *		that does not exist in the caller's user namespace; what
 *		struct mutex_proxy_dns or its rules do not promise. The kernel's log
 *		names the field
 *	EOPNOTSUPP a server type known, but not spoken by this module; Digest,
 *		and the kernel has no MD5 (FIPS)
 *	ESRCH	an exempt pid does not exist
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_SET_POLICY	_IOW(MUTEX_PROXY_IOC_MAGIC, 0x06, \
					     struct mutex_proxy_policy)

/*
 * GET_POLICY: the policy in force, as SET_POLICY takes it, so that it can be shown,
 * changed in one place, and set again; with the defaults filled in, and without
 * credentials and headers (see secrets_of). The caller's struct says where there is room
 * for how many servers, rules and exemptions, and likewise what @dns points to; all its
 * other fields are results. The counts are of how many there are, and of more than
 * there is room for the first ones are told. An exempt process that has ended, or that
 * the caller cannot see, is left out.
 *	E2BIG	size above a page, a tail that is unknown here is not zero, or the
 *		caller's structs have no field for what there is
 *	EINVAL	size, server_size, rule_size, or those of @dns
 *	ENODATA	no policy is set
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_GET_POLICY	_IOWR(MUTEX_PROXY_IOC_MAGIC, 0x13, \
					      struct mutex_proxy_policy)

/*
 * SET_SCOPE:
 *	E2BIG, EINVAL size, flags, reserved or scope
 *	EBUSY	the context is enabled, or it is a MUTEX_PROXY_GLOBAL one
 */
#define MUTEX_PROXY_IOC_SET_SCOPE	_IOW(MUTEX_PROXY_IOC_MAGIC, 0x07, \
					     struct mutex_proxy_scope)

/*
 * JOIN:
 *	E2BIG, EINVAL size or flags
 *	EALREADY the process is a member
 *	ENOSPC	it is in MUTEX_PROXY_MAX_MEMBERSHIPS contexts
 *	EBUSY	the context is a MUTEX_PROXY_GLOBAL one: everybody is in
 *	EXDEV	the caller is in another network namespace than the context
 *	EPERM	the context was made without CAP_NET_ADMIN, and a thread of the
 *		caller has not set no_new_privs
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_JOIN		_IOW(MUTEX_PROXY_IOC_MAGIC, 0x08, \
					     struct mutex_proxy_join)

/*
 * BIND waits for the proxy to open the port, as connect() would. For members:
 *	E2BIG, EINVAL size, flags, reserved or peer; the socket is not bound
 *	EBADF, ENOTSOCK @fd
 *	EPERM	the caller is not in the scope, or another context that he is in leads
 *		what he connects
 *	ENODATA	the context is disabled or has no policy
 *	EOPNOTSUPP the policy has not MUTEX_PROXY_POLICY_BIND; not a TCP socket;
 *		no server speaks SOCKS to us (a chain: its last proxy)
 *	EISCONN	the socket is connected
 *	EALREADY it has a port on the proxy, which waits for its peer; the result
 *		is that one
 *	EADDRNOTAVAIL the socket is bound to loopback; a rule keeps @peer_addr
 *		from the proxy; the proxy tells no address
 *	EXDEV	the socket is of another network namespace than the context
 *	EINTR, ENOMEM, and what connect() may say of a proxy or a destination
 */
#define MUTEX_PROXY_IOC_BIND		_IOWR(MUTEX_PROXY_IOC_MAGIC, 0x09, \
					      struct mutex_proxy_bind)

/*
 * ROUTE: the network namespace has a device mprox0, which is up, for as long as
 *	this context or a connection of it lives. Routes through it are for who
 *	wants them: by them the scope's queries and datagrams get as far as to
 *	be taken where no other route leads to their destination. TCP needs
 *	none. What is not proxied and would leave through it is refused
 *	(ENETUNREACH), and never leaves.
 *	EINVAL	argument not 0
 *	EPERM	the context was made without CAP_NET_ADMIN
 *	EEXIST	a device of that name is there and is not ours
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_ROUTE		_IO(MUTEX_PROXY_IOC_MAGIC, 0x0a)

/*
 * DNS_LOG: the argument is how many records are kept, the result is a new
 *	descriptor (close-on-exec) that they are read from: what queries of the
 *	scope have come to, from now on. Off without it. There is one at a time; it
 *	ends with the descriptor. The argument 0 ends it, too, and the result is 0.
 *	EINVAL	argument above MUTEX_PROXY_MAX_DNS_LOG
 *	EBUSY	there is one
 *	ENOMEM, EMFILE, ENFILE
 *
 * read() of it gives text, a line for each query when it is over:
 *
 *	SECONDS VERB TYPE RCODE NAME
 *
 * SECONDS is CLOCK_MONOTONIC's, with six decimals. VERB is faked (an address that
 * stands for the name), empty (no such record or name), blocked, cached, asked (a
 * resolver of the policy), direct (left as it was; RCODE says nothing) or bad
 * (malformed, or nothing that we do). Octets of NAME that are no printable ASCII, and
 * the backslash, are \ddd, decimal; the root is a dot. Where records were
 * overwritten before they could be read, "SECONDS lost COUNT" stands.
 *
 * It waits for a line unless O_NONBLOCK is set (EAGAIN), and 0 is the end: the
 * context has no descriptor and no member any more, or the log was ended. poll()
 * says POLLIN, and then POLLHUP.
 */
#define MUTEX_PROXY_IOC_DNS_LOG		_IO(MUTEX_PROXY_IOC_MAGIC, 0x0b)

/*
 * LOCK: from now on no member can change or end the context, nor anybody by the
 *	descriptor that it was made with: what needs what CREATE needed is EPERM for
 *	them. Whoever may control it and is no member opens it by its number. A global
 *	scope that loses its last descriptor does not go then: it is sealed, and refuses
 *	what it would have proxied (its rules for "direct" hold) until END, or until its
 *	network namespace goes. A close-on-exec context stays as long as it has members.
 *	The module cannot be unloaded meanwhile.
 *	EINVAL	argument not 0; the context is disabled
 *	EOPNOTSUPP its scope is MUTEX_PROXY_SCOPE_PROCESS, which a fork leaves
 */
#define MUTEX_PROXY_IOC_LOCK		_IO(MUTEX_PROXY_IOC_MAGIC, 0x0c)

/*
 * SET_NAME: several contexts may have the same name.
 *	E2BIG, EINVAL size, flags or name
 */
#define MUTEX_PROXY_IOC_SET_NAME	_IOW(MUTEX_PROXY_IOC_MAGIC, 0x0d, \
					     struct mutex_proxy_name)

#define MUTEX_PROXY_IOC_INFO		_IOR(MUTEX_PROXY_IOC_MAGIC, 0x0e, \
					     struct mutex_proxy_context)

/*
 * KEEP: the argument is the descriptor of a TCP socket that listens. It stays open
 *	while the context has a descriptor or a member, whoever else closes it: the
 *	port of a resolver's helper on 127.0.0.1, say, cannot be taken by another
 *	after the helper's death. Then there is no answer there.
 *	EBADF, ENOTSOCK
 *	EINVAL	it is no TCP socket, or does not listen
 *	EXDEV	it is of another network namespace than the context
 *	EBUSY	the context keeps MUTEX_PROXY_MAX_KEPT already
 */
#define MUTEX_PROXY_IOC_KEEP		_IO(MUTEX_PROXY_IOC_MAGIC, 0x10)

/*
 * EVENTS: the result is a new descriptor (close-on-exec) that records of what happens in
 *	the context are read from, from now on. It keeps no scope alive.
 *	E2BIG, EINVAL size, flags, kinds or room
 *	EMLINK	there are MUTEX_PROXY_MAX_READERS
 *	ENOMEM, EMFILE, ENFILE
 *
 * read() of it gives whole records, as many as there is room for: EINVAL if that is
 * less than MUTEX_PROXY_MIN_EVENTS_READ. Where records were overwritten before they could be
 * read, a LOST one stands in their place. It waits for one unless O_NONBLOCK is set
 * (EAGAIN), and 0 is the end: the context has no descriptor and no member any more.
 * poll() says POLLIN, and then POLLHUP.
 */
#define MUTEX_PROXY_IOC_EVENTS		_IOW(MUTEX_PROXY_IOC_MAGIC, 0x11, \
					     struct mutex_proxy_events)

/*
 * FLOWS: EVENT_FLOW records, the youngest connection first.
 *	E2BIG, EINVAL size, flags, room, used, nr or reserved
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_FLOWS		_IOWR(MUTEX_PROXY_IOC_MAGIC, 0x12, \
					      struct mutex_proxy_flows)

/*
 * STATISTICS:
 *	E2BIG, EINVAL size, flags, server_size or reserved
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_STATISTICS	_IOWR(MUTEX_PROXY_IOC_MAGIC, 0x14, \
					      struct mutex_proxy_statistics)

/*
 * READ_FORMAT: the argument is MUTEX_PROXY_READ_*. It holds for the open descriptor and
 *	its duplicates.
 *	EINVAL	unknown
 */
#define MUTEX_PROXY_IOC_READ_FORMAT	_IO(MUTEX_PROXY_IOC_MAGIC, 0x15)

/*
 * ALERTS: replaces what was asked for before.
 *	E2BIG, EINVAL size, flags, reserved, or a number out of its bounds
 *	ENOMEM
 */
#define MUTEX_PROXY_IOC_ALERTS		_IOW(MUTEX_PROXY_IOC_MAGIC, 0x16, \
					     struct mutex_proxy_alerts)

/*
 * poll: POLLOUT | POLLWRNORM always. POLLIN | POLLRDNORM: as READ_FORMAT says; at first
 * always, as statistics can be read at any time. With MUTEX_PROXY_READ_STATISTICS: since
 * the last read() or STATISTICS by this descriptor a connection has been proxied, has
 * failed or has ended. POLLPRI: since then an alert has come or gone.
 */

#endif /* _UAPI_LINUX_MUTEX_PROXY_H */
