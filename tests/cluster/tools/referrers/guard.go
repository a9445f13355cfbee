package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const tokenLife = 5 * time.Minute

var repositoryPath = regexp.MustCompile(`^/v2/(.+)/(?:blobs|manifests|referrers|tags)/`)

// guard lets nobody in without a token of its own, which it gives for a password and for the scopes asked for.
type guard struct {
	images         http.Handler
	user, password string
	secret         []byte
}

type token struct {
	Scopes  []string
	Expires time.Time
}

func newGuard(images http.Handler, user, password string) *guard {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	return &guard{images, user, password, secret}
}

func (g *guard) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	if request.URL.Path == "/token" {
		g.give(writer, request)
		return
	}
	scope := scopeOf(request)
	if shown, found := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer "); found && g.admits(shown, scope) {
		g.images.ServeHTTP(writer, request)
		return
	}
	challenge := fmt.Sprintf(`Bearer realm="https://%s/token",service="rig"`, request.Host)
	if scope != "" {
		challenge += fmt.Sprintf(`,scope=%q`, scope)
	}
	writer.Header().Set("WWW-Authenticate", challenge)
	refuse(writer, "no token for this")
}

// scopeOf is what a request needs: nothing but a token for a greeting, else a right on its repository.
func scopeOf(request *http.Request) string {
	path := repositoryPath.FindStringSubmatch(request.URL.Path)
	if path == nil {
		return ""
	}
	if request.Method == http.MethodGet || request.Method == http.MethodHead {
		return "repository:" + path[1] + ":pull"
	}
	return "repository:" + path[1] + ":push,pull"
}

func (g *guard) give(writer http.ResponseWriter, request *http.Request) {
	user, password, _ := request.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(user+"\n"+password), []byte(g.user+"\n"+g.password)) != 1 {
		writer.Header().Set("WWW-Authenticate", `Basic realm="rig"`)
		refuse(writer, "no such user and password")
		return
	}
	content, _ := json.Marshal(token{request.URL.Query()["scope"], time.Now().Add(tokenLife)})
	given := encode(content) + "." + encode(g.sign(content))
	writer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(writer).Encode(map[string]any{"token": given, "access_token": given, "expires_in": int(tokenLife.Seconds())})
}

func (g *guard) admits(shown, scope string) bool {
	first, second, _ := strings.Cut(shown, ".")
	content, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || subtle.ConstantTimeCompare([]byte(second), []byte(encode(g.sign(content)))) != 1 {
		return false
	}
	var known token
	if json.Unmarshal(content, &known) != nil || time.Now().After(known.Expires) {
		return false
	}
	grants := func(granted string) bool { return covers(granted, scope) }
	return scope == "" || slices.ContainsFunc(known.Scopes, grants)
}

// covers says whether a granted scope ("repository:NAME:ACTIONS") gives every action of the one needed.
func covers(granted, needed string) bool {
	for _, one := range strings.Fields(granted) {
		place, actions := split(one)
		other, wanted := split(needed)
		missing := func(action string) bool { return !slices.Contains(strings.Split(actions, ","), action) }
		if place == other && !slices.ContainsFunc(strings.Split(wanted, ","), missing) {
			return true
		}
	}
	return false
}

func split(scope string) (place, actions string) {
	at := strings.LastIndex(scope, ":")
	return scope[:max(at, 0)], scope[at+1:]
}

func (g *guard) sign(content []byte) []byte {
	mac := hmac.New(sha256.New, g.secret)
	mac.Write(content)
	return mac.Sum(nil)
}

func encode(content []byte) string { return base64.RawURLEncoding.EncodeToString(content) }

func refuse(writer http.ResponseWriter, reason string) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(http.StatusUnauthorized)
	_ = json.NewEncoder(writer).Encode(map[string]any{
		"errors": []map[string]string{{"code": "UNAUTHORIZED", "message": reason}},
	})
}
