package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imports is who may import whom of ours, the table of README.md's section
// Architecture. A package that is not here needs a line there saying why.
// Packages below a package (sandbox/serve) belong to it unless named.
var imports = map[string]string{
	"chat": "", "markup": "", "search": "", "wire": "", "vault": "", "policy": "",
	"suggest":         "chat",
	"transcript":      "chat markup",
	"odata":           "wire",
	"entra":           "vault wire",
	"graph":           "odata",
	"dataverse":       "odata",
	"store":           "chat search vault",
	"outbox":          "chat vault",
	"media":           "chat",
	"syncer":          "chat markup odata store graph dataverse",
	"session":         "chat markup search wire vault policy suggest transcript odata entra graph dataverse store outbox media syncer",
	"bridge":          "chat markup session policy",
	"desktop":         "chat policy wire",
	"companion":       "graph dataverse entra odata wire",
	"companion/serve": "companion",
	"sandbox":         "",
	"sandbox/serve":   "sandbox companion",
	"demo":            "sandbox companion bridge entra",
	"main":            "bridge session desktop policy demo entra vault wire", // the only wiring
}

// wailsUsers are the only packages that may import Wails.
var wailsUsers = []string{"main", "desktop"}

const module = "chatpane"

// goFile is one parsed Go file of the repository.
type goFile struct {
	name  string // slash-separated, from the top
	pkg   string // "main", "chat", "sandbox/serve", or "build/…"
	test  bool
	lines int
	set   *token.FileSet
	ast   *ast.File
}

func (f goFile) product() bool { return !f.test && !strings.HasPrefix(f.pkg, "build") }

// generated tells that a tool wrote the file.
func (f goFile) generated() bool { return ast.IsGenerated(f.ast) }

func top(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// sources walks the given folders from the top for files with one of endings.
func sources(t *testing.T, dirs []string, endings ...string) map[string][]byte {
	t.Helper()
	root, found := top(t), map[string][]byte{}
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(root, dir), func(file string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // a folder that is not there yet, or an editor's file
			}
			if err != nil {
				return err
			}
			switch d.Name() {
			case "node_modules", "dist", "bin", "testdata", "wailsjs":
				return filepath.SkipDir
			}
			if d.IsDir() || !slices.Contains(endings, filepath.Ext(file)) {
				return nil
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, file)
			found[filepath.ToSlash(name)] = data
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	all := sources(t, []string{"main.go", "app", "build"}, ".go")
	var files []goFile
	for name, data := range all {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		pkg := path.Dir(name)
		switch {
		case pkg == ".":
			pkg = "main"
		case strings.HasPrefix(pkg, "app/"):
			pkg = strings.TrimPrefix(pkg, "app/")
		}
		files = append(files, goFile{name, pkg, strings.HasSuffix(name, "_test.go"), bytes.Count(data, []byte("\n")), set, parsed})
	}
	slices.SortFunc(files, func(a, b goFile) int { return strings.Compare(a.name, b.name) })
	if len(files) == 0 {
		t.Fatal("no Go file found: this test looks in the wrong place")
	}
	return files
}

// imported returns the import paths of f.
func imported(f goFile) []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

// onMap returns the package of the map that pkg belongs to.
func onMap(pkg string) (string, bool) {
	for ; pkg != "."; pkg = path.Dir(pkg) {
		if _, ok := imports[pkg]; ok {
			return pkg, true
		}
	}
	return "", false
}

func TestPackagesImportOnlyWhatTheMapAllows(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		if strings.HasPrefix(f.pkg, "build") || f.pkg == "app" {
			continue
		}
		from, ok := onMap(f.pkg)
		if !ok {
			t.Errorf("%s: package %s is not on the import map", f.name, f.pkg)
			continue
		}
		allowed := strings.Fields(imports[from])
		for _, p := range imported(f) {
			name, ours := strings.CutPrefix(p, module+"/app/")
			if !ours {
				continue
			}
			to, ok := onMap(name)
			switch {
			case !ok:
				t.Errorf("%s imports %s, which is not on the import map", f.name, p)
			case to == from || slices.Contains(allowed, to):
			case f.test && (to == "sandbox" || to == "companion" || strings.HasSuffix(f.ast.Name.Name, "_test")):
				// Tests may use the sandbox and the companion beside it; from outside they may wire up more.
			default:
				t.Errorf("%s: %s may not import %s", f.name, from, to)
			}
		}
	}
}

func TestImportMapHasNoCycle(t *testing.T) {
	t.Parallel()
	state := map[string]int{} // 1 on the way, 2 done
	var visit func(pkg string, trail []string)
	visit = func(pkg string, trail []string) {
		switch state[pkg] {
		case 1:
			t.Errorf("the map has a cycle: %s", strings.Join(append(trail, pkg), " → "))
			return
		case 2:
			return
		}
		state[pkg] = 1
		for _, to := range strings.Fields(imports[pkg]) {
			if _, ok := imports[to]; !ok {
				t.Errorf("%s may import %s, which is not on the map", pkg, to)
			}
			visit(to, append(trail, pkg))
		}
		state[pkg] = 2
	}
	for pkg := range imports {
		visit(pkg, nil)
	}
}

func TestOnlyMainAndDesktopImportWails(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		for _, p := range imported(f) {
			if strings.HasPrefix(p, "github.com/wailsapp/wails") && f.product() && !slices.Contains(wailsUsers, f.pkg) {
				t.Errorf("%s imports %s; only main and app/desktop may", f.name, p)
			}
		}
	}
}

// forbidden are calls with a reason against them.
var forbidden = map[string]string{
	"time.Sleep":            "wait on a timer and ctx.Done(), so that tests can drive time",
	"oauth2.NewClient":      "it sends the token to any host; use wire",
	"http.DefaultClient":    "it has no limits; use wire",
	"http.DefaultTransport": "it has no limits; use wire",
	"template.HTML":         "HTML is built from the node tree only",
	"log.Fatal":             "return an error",
}

func TestProductCodeAvoidsWhatIsForbidden(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		if !f.product() || f.generated() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if on, ok := n.X.(*ast.Ident); ok {
					if why := forbidden[on.Name+"."+n.Sel.Name]; why != "" {
						t.Errorf("%s: %s.%s: %s", f.set.Position(n.Pos()), on.Name, n.Sel.Name, why)
					}
				}
			case *ast.Ident:
				if n.Name == "InsecureSkipVerify" {
					t.Errorf("%s: InsecureSkipVerify: certificates are always verified", f.set.Position(n.Pos()))
				}
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s: init function: constructors take what they need", f.set.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

func TestEachPackageHasOnePackageComment(t *testing.T) {
	t.Parallel()
	comments, packages := map[string][]string{}, map[string]string{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		dir := path.Dir(f.name)
		packages[dir] = f.ast.Name.Name
		if f.ast.Doc != nil && strings.TrimSpace(f.ast.Doc.Text()) != "" {
			comments[dir] = append(comments[dir], f.name)
			name := f.ast.Name.Name
			if name != "main" && !strings.HasPrefix(f.ast.Doc.Text(), "Package "+name+" ") {
				t.Errorf("%s: the package comment does not open with %q", f.name, "Package "+name)
			}
		}
	}
	for dir, pkg := range packages {
		if n := len(comments[dir]); n != 1 {
			t.Errorf("package %s in %s has %d package comments, want one: %v", pkg, dir, n, comments[dir])
		}
	}
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	t.Parallel()
	const maxFile, maxFunc = 500, 80
	for _, f := range goFiles(t) {
		if f.generated() {
			continue
		}
		if f.lines > maxFile {
			t.Errorf("%s has %d lines, at most %d", f.name, f.lines, maxFile)
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || f.test {
				continue
			}
			lines := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1
			if lines > maxFunc {
				t.Errorf("%s: %s has %d lines, at most %d", f.set.Position(fn.Pos()), fn.Name.Name, lines, maxFunc)
			}
		}
	}
}

func TestPaneFilesStaySmall(t *testing.T) {
	t.Parallel()
	for name, data := range sources(t, []string{"frontend/src"}, ".ts", ".tsx") {
		limit := 500
		if strings.HasSuffix(name, ".tsx") && !strings.Contains(name, ".test.") {
			limit = 200 // a component
		}
		if lines := bytes.Count(data, []byte("\n")); lines > limit {
			t.Errorf("%s has %d lines, at most %d", name, lines, limit)
		}
	}
}

func TestDistributionContainsNoSandbox(t *testing.T) {
	t.Parallel()
	root := top(t)
	if _, err := os.Stat(filepath.Join(root, "main.go")); err != nil {
		t.Skip("there is no main.go yet")
	}
	// The same tags as build package passes, on every system we ship for.
	for _, system := range []string{"linux", "windows", "darwin"} {
		cmd := exec.Command("go", "list", "-deps", "-tags", "desktop,production,webkit2_41", ".")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=1")
		printed, err := cmd.Output()
		if err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				err = fmt.Errorf("%w: %s", err, exit.Stderr)
			}
			t.Fatalf("list what a build for %s contains: %v", system, err)
		}
		deps := strings.Fields(string(printed))
		if !slices.Contains(deps, module+"/app/bridge") {
			t.Errorf("a build for %s seems to lack app/bridge: this test sees nothing", system)
		}
		for _, dep := range deps {
			for _, kept := range []string{"sandbox", "companion"} {
				if dep == module+"/app/"+kept || strings.HasPrefix(dep, module+"/app/"+kept+"/") {
					t.Errorf("a distribution for %s contains %s", system, dep)
				}
			}
		}
	}
}

func TestDependenciesAreOfTheVersionsWeCheckedAgainst(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(top(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	version := func(mod string) string {
		found := regexp.MustCompile(`(?m)^\s*(?:require )?` + regexp.QuoteMeta(mod) + ` (v\S+)`).FindSubmatch(data)
		if found == nil {
			t.Fatalf("go.mod does not name %s", mod)
		}
		return string(found[1])
	}
	if got := version("github.com/wailsapp/wails/v2"); got != "v2.16.0" {
		t.Errorf("Wails is %s; what the bridge relies on was measured with v2.16.0: measure again", got)
	}
	// Older ones let a hostile HTML document hang the parser.
	var major, minor int
	net := version("golang.org/x/net")
	if _, err := fmt.Sscanf(net, "v%d.%d", &major, &minor); err != nil || major == 0 && minor < 55 {
		t.Errorf("golang.org/x/net is %s, want at least v0.55", net)
	}
}

func TestWailsConfigurationFitsTheProject(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(top(t), "wails.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"name": "Chatpane", "outputfilename": "chatpane", "frontend:dir": "frontend", "wailsjsdir": "./frontend",
	}
	for key, value := range want {
		if config[key] != value {
			t.Errorf("wails.json: %s is %v, want %q", key, config[key], value)
		}
	}
	if !bytes.Contains(bytes.ReplaceAll(data, []byte(" "), nil), []byte(`"outputType":"interfaces"`)) {
		t.Error("wails.json: TypeScript must be generated as interfaces")
	}
}
