// SPDX-License-Identifier: GPL-2.0-or-later

// names.js LOOKUP RESOLVE: gets /peer of two names. The first is resolved by
// dns.lookup (libc's resolver), the second by dns.resolve4 (c-ares).
'use strict';
const dns = require('dns');
const http = require('http');

const [lookup, resolve] = process.argv.slice(2);

function get(host) {
	http.get({ host, path: '/peer' }, (reply) => reply.pipe(process.stdout));
}

get(lookup);
dns.resolve4(resolve, (err, addresses) => {
	if (err)
		throw err;
	get(addresses[0]);
});
