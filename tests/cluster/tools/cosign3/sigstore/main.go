// Command sigstore is a Sigstore of one's own, in memory: a certificate authority that believes every token, a
// certificate log, transparency logs with the API of Rekor 1 and of Rekor 2, and a timestamp authority.
//
// The parts that a verifier looks at are made by Sigstore's own libraries, so that what cosign signs with this is
// what it signs with the public instance. It writes into a folder what verifiers and signers need, and says `ready`.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
)

func main() {
	folder := flag.String("folder", ".", "where the files go")
	flag.Parse()
	if err := serve(*folder); err != nil {
		log.Fatal(err)
	}
}

func serve(folder string) error {
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	stamper, err := newStamper()
	if err != nil {
		return err
	}
	first, err := newLog("rekor.rig.test")
	if err != nil {
		return err
	}
	second, err := newLog("log2026.rig.test")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	paths := http.NewServeMux()
	paths.HandleFunc("POST /api/v2/signingCert", answering(authority.signingCertificate))
	paths.HandleFunc("POST /api/v1/signingCert", answering(authority.signingCertificateV1))
	paths.HandleFunc("POST /api/v1/log/entries", answering(first.addV1))
	paths.HandleFunc("POST /api/v2/log/entries", answering(second.addV2))
	paths.HandleFunc("POST /api/v1/timestamp", answering(stamper.stamp))
	if err := write(folder, url, authority, stamper, first, second); err != nil {
		return err
	}
	fmt.Println("ready", url)
	return http.Serve(listener, paths)
}

// answering makes an error of a handler the answer 400 with its text, which cosign prints.
func answering(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		if err := handle(writer, request); err != nil {
			log.Printf("%s: %v", request.URL.Path, err)
			http.Error(writer, err.Error(), http.StatusBadRequest)
		}
	}
}

func write(folder, url string, authority *authority, stamper *stamper, first, second *transparencyLog) error {
	trusted, err := root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{authority.trusted()},
		authority.certificateLog.trusted(crypto256),
		[]root.TimestampingAuthority{stamper.trusted()},
		merged(first.signer.trusted(crypto256), second.signer.trusted(crypto256)))
	if err != nil {
		return err
	}
	files := map[string]any{"trusted_root.json": trusted}
	// How to sign, by the witnesses there shall be.
	for name, witnesses := range map[string]struct {
		rekor uint32
		stamp bool
	}{
		"rekor1": {1, false}, "rekor1-stamped": {1, true}, "rekor2": {2, true}, "stamped": {0, true},
	} {
		config, err := signingConfig(url, witnesses.rekor, witnesses.stamp)
		if err != nil {
			return err
		}
		files["signing-config-"+name+".json"] = config
	}
	for name, content := range files {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	for name, text := range map[string][]byte{
		"fulcio.pem": authority.chain(),
		"rekor.pub":  first.signer.pem(),
		"ctfe.pub":   authority.certificateLog.pem(),
		"tsa.pem":    stamper.chain(),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func signingConfig(url string, rekor uint32, stamp bool) (*root.SigningConfig, error) {
	service := func(address string, version uint32) []root.Service {
		return []root.Service{{URL: address, MajorAPIVersion: version, ValidityPeriodStart: began(), Operator: "rig.test"}}
	}
	var logs, stampers []root.Service
	any, none := root.ServiceConfiguration{Selector: v1.ServiceSelector_ANY}, root.ServiceConfiguration{}
	logsConfig, stampersConfig := none, none
	if rekor > 0 {
		logs, logsConfig = service(url, rekor), any
	}
	if stamp {
		stampers, stampersConfig = service(url+"/api/v1/timestamp", 1), any
	}
	return root.NewSigningConfig(root.SigningConfigMediaType02, service(url, 1), service(url, 1), logs, logsConfig, stampers, stampersConfig)
}

// began is when all of this became valid: an hour ago.
func began() time.Time { return time.Now().Add(-time.Hour).Truncate(time.Second) }

// ends is until when: a day is longer than any test.
func ends() time.Time { return time.Now().Add(24 * time.Hour).Truncate(time.Second) }
