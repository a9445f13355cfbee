package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

// How long a certificate is good for, as the public instance has it.
const lifetime = 10 * time.Minute

var proofList = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}

// authority gives certificates as Fulcio does, for the asking, each with a proof of its certificate log.
type authority struct {
	root, intermediate *x509.Certificate
	key                *ecdsa.PrivateKey
	certificateLog     *signer
}

func newAuthority() (*authority, error) {
	top, topKey, err := ca.GenerateRootCa()
	if err != nil {
		return nil, err
	}
	intermediate, key, err := ca.GenerateFulcioIntermediate(top, topKey)
	if err != nil {
		return nil, err
	}
	log, err := newSigner("ctfe.rig.test")
	return &authority{top, intermediate, key, log}, err
}

func (a *authority) chain() []byte { return certificatePEM(a.intermediate, a.root) }

func (a *authority) trusted() *root.FulcioCertificateAuthority {
	return &root.FulcioCertificateAuthority{
		Root: a.root, Intermediates: []*x509.Certificate{a.intermediate}, URI: "https://fulcio.rig.test",
		ValidityPeriodStart: a.root.NotBefore, ValidityPeriodEnd: a.root.NotAfter,
	}
}

// identity is what an OpenID token says, believed unseen. Extensions go by the last number of their OID.
type identity struct {
	Issuer     string         `json:"iss"`
	Subject    string         `json:"sub"`
	Email      string         `json:"email"`
	Extensions map[int]string `json:"extensions"`
}

func identityOf(request *http.Request) (identity, error) {
	var known identity
	parts := strings.Split(strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "), ".")
	if len(parts) != 3 {
		return known, errors.New("no token")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return known, err
	}
	return known, json.Unmarshal(claims, &known)
}

func (a *authority) signingCertificate(writer http.ResponseWriter, request *http.Request) error {
	var asked struct {
		PublicKeyRequest struct {
			PublicKey struct{ Content string }
		}
	}
	if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(asked.PublicKeyRequest.PublicKey.Content))
	if block == nil {
		return errors.New("the public key is not PEM")
	}
	leaf, err := a.issue(request, block.Bytes)
	if err != nil {
		return err
	}
	certificates := []string{string(certificatePEM(leaf)), string(certificatePEM(a.intermediate)), string(certificatePEM(a.root))}
	chain := map[string]any{"chain": map[string]any{"certificates": certificates}}
	writer.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(writer).Encode(map[string]any{"signedCertificateEmbeddedSct": chain})
}

// signingCertificateV1 is the same for cosign 2.
func (a *authority) signingCertificateV1(writer http.ResponseWriter, request *http.Request) error {
	var asked struct {
		PublicKey struct{ Content []byte }
	}
	if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
		return err
	}
	block, _ := pem.Decode(asked.PublicKey.Content)
	if block == nil {
		return errors.New("the public key is not PEM")
	}
	leaf, err := a.issue(request, block.Bytes)
	if err != nil {
		return err
	}
	writer.WriteHeader(http.StatusCreated)
	_, err = writer.Write(certificatePEM(leaf, a.intermediate, a.root))
	return err
}

func (a *authority) issue(request *http.Request, spki []byte) (*x509.Certificate, error) {
	known, err := identityOf(request)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		NotBefore:    time.Now().Add(-time.Second),
		NotAfter:     time.Now().Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	if known.Email != "" {
		template.EmailAddresses = []string{known.Email}
	} else {
		subject, err := url.Parse(known.Subject)
		if err != nil || subject.Scheme == "" {
			return nil, fmt.Errorf("the subject %q is neither an e-mail address nor a URI", known.Subject)
		}
		template.URIs = []*url.URL{subject}
	}
	if template.ExtraExtensions, err = known.rendered(); err != nil {
		return nil, err
	}
	// What the certificate log signs is the certificate without the proof, which stands last in the final one.
	unproven, err := a.create(template, key)
	if err != nil {
		return nil, err
	}
	proof, err := a.prove(unproven)
	if err != nil {
		return nil, err
	}
	template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: proofList, Value: proof})
	return a.create(template, key)
}

func (a *authority) create(template *x509.Certificate, key crypto.PublicKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.intermediate, key, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// rendered is the issuer in its old and its new form, and the other extensions.
func (i identity) rendered() ([]pkix.Extension, error) {
	values := map[int]string{1: i.Issuer, 8: i.Issuer}
	for number, value := range i.Extensions {
		values[number] = value
	}
	var extensions []pkix.Extension
	for number, value := range values {
		content := []byte(value)
		// The first six hold bare text, all later ones a DER string.
		if number > 6 {
			der, err := asn1.MarshalWithParams(value, "utf8")
			if err != nil {
				return nil, err
			}
			content = der
		}
		extensions = append(extensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, number}, Value: content})
	}
	last := func(one pkix.Extension) int { return one.Id[len(one.Id)-1] }
	slices.SortFunc(extensions, func(one, other pkix.Extension) int { return last(one) - last(other) })
	return extensions, nil
}

// prove has the certificate log promise to include a certificate (RFC 6962, section 3.3).
func (a *authority) prove(unproven *x509.Certificate) ([]byte, error) {
	at := uint64(time.Now().UnixMilli())
	promise := ct.SignedCertificateTimestamp{SCTVersion: ct.V1, LogID: ct.LogID{KeyID: a.certificateLog.id()}, Timestamp: at}
	entry := ct.LogEntry{Leaf: ct.MerkleTreeLeaf{
		Version:  ct.V1,
		LeafType: ct.TimestampedEntryLeafType,
		TimestampedEntry: &ct.TimestampedEntry{
			Timestamp: at,
			EntryType: ct.PrecertLogEntryType,
			PrecertEntry: &ct.PreCert{
				IssuerKeyHash:  sha256.Sum256(a.intermediate.RawSubjectPublicKeyInfo),
				TBSCertificate: unproven.RawTBSCertificate,
			},
		},
	}}
	signed, err := ct.SerializeSCTSignatureInput(promise, entry)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(signed)
	signature, err := ecdsa.SignASN1(rand.Reader, a.certificateLog.key, digest[:])
	if err != nil {
		return nil, err
	}
	promise.Signature = ct.DigitallySigned{
		Algorithm: tls.SignatureAndHashAlgorithm{Hash: tls.SHA256, Signature: tls.ECDSA},
		Signature: signature,
	}
	one, err := tls.Marshal(promise)
	if err != nil {
		return nil, err
	}
	list, err := tls.Marshal(ctx509.SignedCertificateTimestampList{SCTList: []ctx509.SerializedSCT{{Val: one}}})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(list)
}
