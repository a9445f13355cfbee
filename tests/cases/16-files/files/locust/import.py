not wanted
