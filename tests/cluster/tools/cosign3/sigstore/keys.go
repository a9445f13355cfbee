package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"maps"

	"github.com/sigstore/sigstore-go/pkg/root"
)

const crypto256 = crypto.SHA256

// signer is a log's key and its name.
type signer struct {
	key  *ecdsa.PrivateKey
	name string
	spki []byte
}

func newSigner(name string) (*signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	return &signer{key, name, spki}, err
}

// id is the SHA-256 of the public key: the log's id.
func (s *signer) id() [32]byte { return sha256.Sum256(s.spki) }

func (s *signer) hexID() string {
	id := s.id()
	return hex.EncodeToString(id[:])
}

func (s *signer) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: s.spki})
}

// trusted is the log as a trusted root names it.
func (s *signer) trusted(hash crypto.Hash) map[string]*root.TransparencyLog {
	id := s.id()
	return map[string]*root.TransparencyLog{s.hexID(): {
		BaseURL:             "https://" + s.name,
		ID:                  id[:],
		ValidityPeriodStart: began(),
		ValidityPeriodEnd:   ends(),
		HashFunc:            hash,
		PublicKey:           s.key.Public(),
		SignatureHashFunc:   hash,
	}}
}

func merged(first, second map[string]*root.TransparencyLog) map[string]*root.TransparencyLog {
	maps.Copy(first, second)
	return first
}

func certificatePEM(certificates ...*x509.Certificate) []byte {
	var text []byte
	for _, certificate := range certificates {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return text
}
