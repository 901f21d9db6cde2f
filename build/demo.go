package main

import (
	"context"
	"os"
	"runtime"
)

// demo shows the app on the sandbox company: as a window where there is a
// display, else as a tour on a virtual one.
func (p *program) demo(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return usage("go run ./build demo")
	}
	if err := p.setup(ctx); err != nil {
		return err
	}
	app, err := p.buildApp(ctx, demoFlavour())
	if err != nil {
		return err
	}
	if hasDisplay() {
		p.say("\nThe window opens now. Choose Sign in; your browser offers the people of the sandbox company.\nClose the window to end.")
		if err := p.loud(ctx, tool(app)); err != nil {
			return err
		}
		p.next("go run ./build test")
		return nil
	}
	p.say("\nThere is no display here, so a virtual one is started and the app is driven through its tour:")
	tour, err := p.tourCommand(ctx, app)
	if err != nil {
		return err
	}
	err = p.loud(ctx, tour)
	p.say("\nThe screenshots are in %s", p.bin("tour"))
	if err == nil {
		p.next("go run ./build test")
	}
	return err
}

func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// tourCommand builds the tour and the sandbox, which runs beside the app so
// that it lives on when the tour kills the app.
func (p *program) tourCommand(ctx context.Context, app string) (command, error) {
	tour, err := p.buildTool(ctx, "./build/tour")
	if err != nil {
		return command{}, err
	}
	serve, err := p.buildTool(ctx, "./app/sandbox/serve")
	if err != nil {
		return command{}, err
	}
	return tool(tour, "-app", app, "-sandbox", serve, "-out", p.bin("tour"), "-words", p.path("frontend", "src", "text", "en.json")), nil
}

// tourGate counts each step of the tour as a test.
func (p *program) tourGate(ctx context.Context) outcome {
	if runtime.GOOS != "linux" {
		return outcome{tally: tally{skipped: 1}} // it drives X11 and AT-SPI
	}
	app, err := p.buildApp(ctx, demoFlavour())
	if err != nil {
		return outcome{tally: tally{failed: 1}, output: err.Error()}
	}
	tour, err := p.tourCommand(ctx, app)
	if err != nil {
		return outcome{tally: tally{failed: 1}, output: err.Error()}
	}
	return p.counted(ctx, tour)
}
