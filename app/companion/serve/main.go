// Package main is the companion as a program: it reads its configuration,
// serves until it is told to stop, and then finishes what is under way. It
// promises to write the audit to standard output and everything else to
// standard error, and to refuse a configuration with a sentence that names what
// is wrong.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"chatpane/app/companion"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "companion:", err)
		stop()
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("companion", flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("config", "", "configuration file; see build/companion/README.md")
	check := flags.Bool("check-audit", false, "read an audit from standard input and tell whether a line is missing or altered")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if *check {
		n, err := companion.CheckAudit(stdin)
		if err == nil {
			fmt.Fprintf(stdout, "%d lines, none missing or altered\n", n)
		}
		return err
	}
	c, err := companion.LoadConfig(*file, environ)
	if err != nil {
		return err
	}
	o, err := c.Options()
	if err != nil {
		return err
	}
	o.Log, o.Audit = slog.New(slog.NewJSONHandler(stderr, nil)), stdout
	s, err := companion.New(o)
	if err != nil {
		return err
	}
	l, err := listen(c)
	if err != nil {
		return err
	}
	o.Log.Info("serving", "address", l.Addr().String())
	return s.Serve(ctx, l)
}

// listen opens the address, with TLS when a certificate is configured.
func listen(c companion.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if c.TLSCertificate == "" {
		return l, nil
	}
	cert, err := tls.LoadX509KeyPair(c.TLSCertificate, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate: %w", err)
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}), nil
}
