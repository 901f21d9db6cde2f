//go:build linux

// Package main is the empty webview that Chatpane's window is measured against:
// the same Wails with the same settings, the same size, and a page with nothing but a button that, at a
// click, changes the words below it.
//
// What it needs to start, to draw a change and to stay in memory is WebKit's
// own cost on this machine, which no pane in a webview can go below.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

// page fills the window with the button, so that a click anywhere hits it. The
// words change all at once: the smallest change that can be seen well.
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Empty</title>
<style>html,body{height:100%;margin:0}button{all:unset;display:block;width:100%;height:100%;font:20px sans-serif}</style>
<button onclick="this.firstChild.textContent = (this.value ^= 1) ? 'Something else is written here' : 'An empty webview'"><p>An empty webview</p></button>`

func main() {
	err := wails.Run(&options.App{
		Title: "Empty", Width: 420, Height: 860, MinWidth: 320, MinHeight: 480,
		AssetServer: &assetserver.Options{Handler: http.HandlerFunc(serve)},
		LogLevel:    logger.ERROR,
		Linux:       &linux.Options{ProgramName: "empty", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "empty:", err)
		os.Exit(1)
	}
}

func serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, page)
}
