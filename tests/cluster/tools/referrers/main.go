// Command referrers is a registry with the referrers API of the OCI distribution specification 1.1, kept in memory.
//
// Images are served by go-containerregistry. The list of referrers is our own, as theirs gives every bundle the
// media type of its empty config for its artifact type, and has neither pages nor a filter. The same images are
// served twice: to everybody, and at a second address only to who shows a token.
package main

import (
	"flag"
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	open := flag.String("address", "127.0.0.1:15001", "where everybody may push and pull")
	locked := flag.String("locked-address", "127.0.0.1:15002", "where a token is asked for")
	certificate := flag.String("cert", "", "file with the certificate of both addresses")
	key := flag.String("key", "", "file with its key")
	user := flag.String("user", "", "who gets a token")
	password := flag.String("password", "", "and by which password")
	flag.Parse()

	images := newReferrers(registry.New(registry.Logger(log.New(os.Stderr, "", log.LstdFlags))))
	guarded := newGuard(images, *user, *password)
	serve := func(address string, handler http.Handler) {
		log.Fatal(http.ListenAndServeTLS(address, *certificate, *key, handler))
	}
	go serve(*open, images)
	serve(*locked, guarded)
}
