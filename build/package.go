package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
)

// pack builds the app for distribution and checks what is in it.
func (p *program) pack(ctx context.Context, args []string) error {
	system := runtime.GOOS
	switch {
	case len(args) == 1 && args[0] == "windows":
		system = "windows" // needs no C compiler, so it is built anywhere
	case len(args) > 0:
		return usage("go run ./build package [windows]")
	}
	if err := p.setup(ctx); err != nil {
		return err
	}
	app, err := p.verifiedPackage(ctx, system)
	if err != nil {
		return err
	}
	p.say("\n%s", app)
	p.next("go run ./build help")
	return nil
}

// verifiedPackage builds the distribution for a system and fails when the
// sandbox is in it.
func (p *program) verifiedPackage(ctx context.Context, system string) (string, error) {
	app, err := p.buildApp(ctx, distribution(system))
	if err != nil {
		return "", err
	}
	return app, noSandboxIn(app)
}

// traces are texts that the linker leaves in every program that contains the
// package, however it is stripped: the names of its functions.
var traces = []string{"chatpane/app/sandbox", "chatpane/app/companion"}

// noSandboxIn fails when a distribution contains what only a demo build may.
func noSandboxIn(app string) error {
	data, err := os.ReadFile(app)
	if err != nil {
		return err
	}
	if !bytes.Contains(data, []byte("chatpane/app/bridge")) {
		return fmt.Errorf("%s shows no trace of app/bridge, so this check would not see the sandbox either", app)
	}
	for _, trace := range traces {
		if bytes.Contains(data, []byte(trace)) {
			return fmt.Errorf("%s contains %s, which is for the demo only", app, trace)
		}
	}
	return nil
}
