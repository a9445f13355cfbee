// Prints how two parsers of image references read each input of readings.jsonl: distribution/reference, which the
// kubelet and containerd use, and go-containerregistry, which cosign and policy engines use. Run it after adding
// lines `{"input":"..."}`, or to compare with newer versions:
//
//	go run . < ../readings.jsonl > new.jsonl && mv new.jsonl ../readings.jsonl
package main

import (
	"bufio"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"log"
	"os"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
)

type reading struct {
	Registry   string `json:"registry"`
	Repository string `json:"repository"`
	Tag        string `json:"tag,omitempty"`
	Digest     string `json:"digest,omitempty"`
}

type line struct {
	Input        string   `json:"input"`
	Distribution *reading `json:"distribution"`
	Ggcr         *reading `json:"ggcr"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			log.Fatal(err)
		}
		l.Distribution, l.Ggcr = byDistribution(l.Input), byGgcr(l.Input)
		if err := out.Encode(l); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func byDistribution(input string) *reading {
	named, err := reference.ParseNormalizedNamed(input)
	if err != nil {
		return nil
	}
	named = reference.TagNameOnly(named)
	r := reading{Registry: reference.Domain(named), Repository: reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		r.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		r.Digest = digested.Digest().String()
	}
	return &r
}

// Of a tag beside a digest this parser keeps nothing.
func byGgcr(input string) *reading {
	parsed, err := name.ParseReference(input)
	if err != nil {
		return nil
	}
	r := reading{Registry: parsed.Context().RegistryStr(), Repository: parsed.Context().RepositoryStr()}
	switch p := parsed.(type) {
	case name.Tag:
		r.Tag = p.TagStr()
	case name.Digest:
		r.Digest = p.DigestStr()
	}
	return &r
}
