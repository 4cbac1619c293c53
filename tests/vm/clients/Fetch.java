// SPDX-License-Identifier: GPL-2.0-or-later

import java.net.URI;

/** Fetch URL: Java's own client, with what the JRE resolves names by. */
class Fetch {
	public static void main(String[] args) throws Exception {
		try (var in = URI.create(args[0]).toURL().openStream()) {
			in.transferTo(System.out);
		}
		System.out.flush();
	}
}
