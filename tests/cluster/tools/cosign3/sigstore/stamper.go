package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"net/http"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

// stamper is a timestamp authority (RFC 3161).
type stamper struct {
	root, intermediate, leaf *x509.Certificate
	key                      *ecdsa.PrivateKey
}

func newStamper() (*stamper, error) {
	top, topKey, err := ca.GenerateRootCa()
	if err != nil {
		return nil, err
	}
	intermediate, intermediateKey, err := ca.GenerateTSAIntermediate(top, topKey)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf, err := ca.GenerateTSALeafCert(time.Now().Add(-time.Minute), key, intermediate, intermediateKey)
	return &stamper{top, intermediate, leaf, key}, err
}

func (s *stamper) chain() []byte { return certificatePEM(s.leaf, s.intermediate, s.root) }

func (s *stamper) trusted() *root.SigstoreTimestampingAuthority {
	return &root.SigstoreTimestampingAuthority{
		Root: s.root, Intermediates: []*x509.Certificate{s.intermediate}, Leaf: s.leaf, URI: "https://tsa.rig.test",
		ValidityPeriodStart: s.root.NotBefore, ValidityPeriodEnd: s.root.NotAfter,
	}
}

func (s *stamper) stamp(writer http.ResponseWriter, request *http.Request) error {
	query, err := io.ReadAll(io.LimitReader(request.Body, 1<<16))
	if err != nil {
		return err
	}
	asked, err := timestamp.ParseRequest(query)
	if err != nil {
		return err
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm:     asked.HashAlgorithm,
		HashedMessage:     asked.HashedMessage,
		Nonce:             asked.Nonce,
		AddTSACertificate: asked.Certificates,
		Time:              time.Now(),
		Policy:            asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2},
		ExtraExtensions:   asked.Extensions,
	}
	answer, err := stamp.CreateResponseWithOpts(s.leaf, s.key, crypto.SHA256)
	if err != nil {
		return err
	}
	writer.Header().Set("Content-Type", "application/timestamp-reply")
	writer.WriteHeader(http.StatusCreated)
	_, err = writer.Write(answer)
	return err
}
