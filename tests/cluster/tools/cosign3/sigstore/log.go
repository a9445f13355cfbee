package main

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/cyberphone/json-canonicalization/go/src/webpki.org/jsoncanonicalizer"
	"github.com/go-openapi/runtime"
	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	tiles "github.com/sigstore/rekor-tiles/v2/pkg/generated/protobuf"
	tilesnote "github.com/sigstore/rekor-tiles/v2/pkg/note"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/hashedrekord/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/intoto/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/intoto/v0.0.2"
	"github.com/sigstore/rekor/pkg/util"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore/pkg/signature"
	formats "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/protobuf/encoding/protojson"
)

// The number of the one tree, which Rekor 1 puts before its entries' names and into its checkpoints.
const treeID = 1193050959916656506

// transparencyLog keeps the hashes of its entries, and proves each by the tree as it is then.
type transparencyLog struct {
	signer *signer
	lock   sync.Mutex
	leaves [][]byte
}

func newLog(name string) (*transparencyLog, error) {
	key, err := newSigner(name)
	return &transparencyLog{signer: key}, err
}

// proof says that a leaf stands in a tree.
type proof struct {
	leaf   []byte
	index  int
	size   int
	root   []byte
	hashes [][]byte
}

func (l *transparencyLog) add(body []byte) proof {
	l.lock.Lock()
	defer l.lock.Unlock()
	leaf := rfc6962.DefaultHasher.HashLeaf(body)
	l.leaves = append(l.leaves, leaf)
	index := len(l.leaves) - 1
	return proof{leaf, index, len(l.leaves), treeHash(l.leaves), path(index, l.leaves)}
}

// treeHash and path are RFC 6962, sections 2.1 and 2.1.1.
func treeHash(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	half := split(len(leaves))
	return rfc6962.DefaultHasher.HashChildren(treeHash(leaves[:half]), treeHash(leaves[half:]))
}

func path(index int, leaves [][]byte) [][]byte {
	if len(leaves) == 1 {
		return [][]byte{}
	}
	half := split(len(leaves))
	if index < half {
		return append(path(index, leaves[:half]), treeHash(leaves[half:]))
	}
	return append(path(index-half, leaves[half:]), treeHash(leaves[:half]))
}

// split is the largest power of two below a size.
func split(size int) int {
	half := 1
	for half*2 < size {
		half *= 2
	}
	return half
}

func (l *transparencyLog) addV1(writer http.ResponseWriter, request *http.Request) error {
	proposed, err := models.UnmarshalProposedEntry(request.Body, runtime.JSONConsumer())
	if err != nil {
		return err
	}
	entry, err := types.CreateVersionedEntry(proposed)
	if err != nil {
		return err
	}
	// Rekor itself verifies the signature here.
	body, err := types.CanonicalizeEntry(request.Context(), entry)
	if err != nil {
		return err
	}
	proven := l.add(body)
	signing, err := signature.LoadECDSASignerVerifier(l.signer.key, crypto.SHA256)
	if err != nil {
		return err
	}
	checkpoint, err := util.CreateAndSignCheckpoint(context.Background(), l.signer.name, treeID, uint64(proven.size), proven.root, signing)
	if err != nil {
		return err
	}
	at, index, size := time.Now().Unix(), int64(proven.index), int64(proven.size)
	logID, rootHash, note := l.signer.hexID(), hex.EncodeToString(proven.root), string(checkpoint)
	encoded := base64.StdEncoding.EncodeToString(body)
	payload, err := json.Marshal(tlog.RekorPayload{Body: encoded, IntegratedTime: at, LogIndex: index, LogID: logID})
	if err != nil {
		return err
	}
	canonical, err := jsoncanonicalizer.Transform(payload)
	if err != nil {
		return err
	}
	promise, err := signing.SignMessage(bytes.NewReader(canonical))
	if err != nil {
		return err
	}
	hashes := []string{}
	for _, hash := range proven.hashes {
		hashes = append(hashes, hex.EncodeToString(hash))
	}
	name := fmt.Sprintf("%016x%s", treeID, hex.EncodeToString(proven.leaf))
	writer.Header().Set("Content-Type", "application/json")
	writer.Header().Set("Location", "/api/v1/log/entries/"+name)
	writer.Header().Set("ETag", name)
	writer.WriteHeader(http.StatusCreated)
	return json.NewEncoder(writer).Encode(models.LogEntry{name: models.LogEntryAnon{
		Body: encoded, IntegratedTime: &at, LogID: &logID, LogIndex: &index,
		Verification: &models.LogEntryAnonVerification{
			InclusionProof:       &models.InclusionProof{Checkpoint: &note, Hashes: hashes, LogIndex: &index, RootHash: &rootHash, TreeSize: &size},
			SignedEntryTimestamp: promise,
		},
	}})
}

func (l *transparencyLog) addV2(writer http.ResponseWriter, request *http.Request) error {
	text, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	if err != nil {
		return err
	}
	var asked tiles.CreateEntryRequest
	if err := protojson.Unmarshal(text, &asked); err != nil {
		return err
	}
	record := asked.GetHashedRekordRequestV002()
	if record == nil {
		return fmt.Errorf("no hashedrekord: %s", text)
	}
	written, err := protojson.Marshal(&tiles.Entry{Kind: "hashedrekord", ApiVersion: "0.0.2", Spec: &tiles.Spec{Spec: &tiles.Spec_HashedRekordV002{
		HashedRekordV002: &tiles.HashedRekordLogEntryV002{
			Data:      &common.HashOutput{Algorithm: common.HashAlgorithm_SHA2_256, Digest: record.GetDigest()},
			Signature: record.GetSignature(),
		},
	}}})
	if err != nil {
		return err
	}
	body, err := jsoncanonicalizer.Transform(written)
	if err != nil {
		return err
	}
	proven := l.add(body)
	signing, err := signature.LoadECDSASignerVerifier(l.signer.key, crypto.SHA256)
	if err != nil {
		return err
	}
	noteSigner, err := tilesnote.NewNoteSigner(context.Background(), l.signer.name, signing)
	if err != nil {
		return err
	}
	checkpoint := formats.Checkpoint{Origin: l.signer.name, Size: uint64(proven.size), Hash: proven.root}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(checkpoint)}, noteSigner)
	if err != nil {
		return err
	}
	id := l.signer.id()
	answer, err := protojson.Marshal(&rekor.TransparencyLogEntry{
		LogIndex:    int64(proven.index),
		LogId:       &common.LogId{KeyId: id[:]},
		KindVersion: &rekor.KindVersion{Kind: "hashedrekord", Version: "0.0.2"},
		InclusionProof: &rekor.InclusionProof{
			LogIndex: int64(proven.index), TreeSize: int64(proven.size), RootHash: proven.root, Hashes: proven.hashes,
			Checkpoint: &rekor.Checkpoint{Envelope: string(signed)},
		},
		CanonicalizedBody: body,
	})
	if err != nil {
		return err
	}
	writer.WriteHeader(http.StatusCreated)
	_, err = writer.Write(answer)
	return err
}
