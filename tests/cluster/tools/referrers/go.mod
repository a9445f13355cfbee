module rig.test/referrers

go 1.26.0

tool rig.test/referrers

require github.com/google/go-containerregistry v0.22.1
