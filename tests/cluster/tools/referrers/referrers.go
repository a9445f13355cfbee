package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The largest manifest taken, as the specification asks of every registry.
const manifestLimit = 4 << 20

// So few on one page that clients which do not turn it are found out.
const pageSize = 5

var (
	manifestPath  = regexp.MustCompile(`^/v2/(.+)/manifests/([^/]+)$`)
	referrersPath = regexp.MustCompile(`^/v2/(.+)/referrers/(sha256:[0-9a-f]{64})$`)
)

// referrers adds the referrers API to a registry that lacks it, from the manifests that pass by.
type referrers struct {
	images http.Handler
	lock   sync.Mutex
	// In the order of their arrival, by repository and subject.
	known map[subject][]v1.Descriptor
}

type subject struct{ repository, digest string }

func newReferrers(images http.Handler) *referrers {
	return &referrers{images: images, known: map[subject][]v1.Descriptor{}}
}

func (r *referrers) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	if path := referrersPath.FindStringSubmatch(request.URL.Path); path != nil && request.Method == http.MethodGet {
		r.list(writer, request, subject{path[1], path[2]})
		return
	}
	path := manifestPath.FindStringSubmatch(request.URL.Path)
	switch {
	case path != nil && request.Method == http.MethodPut:
		r.put(writer, request, path[1])
	case path != nil && request.Method == http.MethodDelete:
		r.images.ServeHTTP(writer, request)
		r.forget(path[1], path[2])
	default:
		r.images.ServeHTTP(writer, request)
	}
}

// put stores a manifest, and remembers it by its subject once the registry has taken it.
func (r *referrers) put(writer http.ResponseWriter, request *http.Request, repository string) {
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, manifestLimit))
	if err != nil {
		http.Error(writer, "the manifest is too long", http.StatusRequestEntityTooLarge)
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	var manifest struct {
		ArtifactType string            `json:"artifactType"`
		Config       v1.Descriptor     `json:"config"`
		Subject      *v1.Descriptor    `json:"subject"`
		Annotations  map[string]string `json:"annotations"`
	}
	if json.Unmarshal(body, &manifest) != nil || manifest.Subject == nil {
		r.images.ServeHTTP(writer, request)
		return
	}
	answer := &created{ResponseWriter: writer, subject: manifest.Subject.Digest.String()}
	r.images.ServeHTTP(answer, request)
	if !answer.taken {
		return
	}
	if manifest.ArtifactType == "" {
		manifest.ArtifactType = string(manifest.Config.MediaType)
	}
	digest, size, _ := v1.SHA256(bytes.NewReader(body))
	r.remember(subject{repository, answer.subject}, v1.Descriptor{
		MediaType:    types.MediaType(request.Header.Get("Content-Type")),
		Size:         size,
		Digest:       digest,
		ArtifactType: manifest.ArtifactType,
		Annotations:  manifest.Annotations,
	})
}

func (r *referrers) remember(of subject, manifest v1.Descriptor) {
	r.lock.Lock()
	defer r.lock.Unlock()
	same := func(other v1.Descriptor) bool { return other.Digest == manifest.Digest }
	if !slices.ContainsFunc(r.known[of], same) {
		r.known[of] = append(r.known[of], manifest)
	}
}

func (r *referrers) forget(repository, digest string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	gone := func(manifest v1.Descriptor) bool { return manifest.Digest.String() == digest }
	for of, manifests := range r.known {
		if of.repository == repository {
			r.known[of] = slices.DeleteFunc(manifests, gone)
		}
	}
}

// list answers one page. Nothing known is an empty list, never a 404: that would say there is no such API.
func (r *referrers) list(writer http.ResponseWriter, request *http.Request, of subject) {
	query := request.URL.Query()
	r.lock.Lock()
	manifests := slices.Clone(r.known[of])
	r.lock.Unlock()
	if kind := query.Get("artifactType"); kind != "" {
		other := func(manifest v1.Descriptor) bool { return manifest.ArtifactType != kind }
		manifests = slices.DeleteFunc(manifests, other)
		writer.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	start, err := strconv.Atoi(query.Get("last"))
	if err != nil || start < 0 {
		start = 0
	}
	manifests = manifests[min(start, len(manifests)):]
	if len(manifests) > pageSize {
		manifests = manifests[:pageSize]
		query.Set("last", strconv.Itoa(start+pageSize))
		writer.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, request.URL.Path, query.Encode()))
	}
	writer.Header().Set("Content-Type", string(types.OCIImageIndex))
	// A nil list would become null, which is no list.
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: append([]v1.Descriptor{}, manifests...)}
	_ = json.NewEncoder(writer).Encode(index)
}

// created tells a client whose manifest was taken that its subject was seen, so that it writes no tag for it.
type created struct {
	http.ResponseWriter
	subject string
	taken   bool
}

func (c *created) WriteHeader(status int) {
	if c.taken = status == http.StatusCreated; c.taken {
		c.Header().Set("OCI-Subject", c.subject)
	}
	c.ResponseWriter.WriteHeader(status)
}
