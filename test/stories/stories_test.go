package stories

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatehouse/gatehouse/test/house"
)

func TestStories(t *testing.T) {
	binary := house.Build(t)
	files, err := filepath.Glob("*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no story: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".txt"), func(t *testing.T) {
			s := &story{T: t, binary: binary}
			testscript.Run(t, testscript.Params{Files: []string{file}, Cmds: s.commands(), Setup: func(env *testscript.Env) error {
				env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
				env.Setenv("GATEHOUSE_DATA", filepath.Join(env.WorkDir, "data"))
				env.Setenv("GATEHOUSE_PUBLIC_URL", house.Public)
				s.work = env.WorkDir
				env.Defer(s.end)
				return nil
			}})
		})
	}
}
