// SPDX-License-Identifier: GPL-2.0-or-later

// fetch-go URL: a client that no LD_PRELOAD reaches, as it is linked statically
// and makes its own system calls.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	reply, err := http.Get(os.Args[1])
	if err == nil {
		defer reply.Body.Close()
		_, err = io.Copy(os.Stdout, reply.Body)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
