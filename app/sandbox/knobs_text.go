package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseFault reads a fault as the command line of serve and the knob "fault"
// take it: words with values, separated by semicolons, such as
//
//	path=/v1.0/chats*,/v1.0/me/chats;status=503;after=10s;for=2m
//	random;chance=0.05;seed=7
//	service=graph;status=429;retry=5s;chance=0.5;for=1m
//	remove=nora.lindqvist@contoso.example;chat=19:…@thread.v2;after=30s
//
// The words: service, method, path (several with commas, "*" for any
// characters); after, for, chance, seed, times; delay, status, retry, acted,
// cut=before|after, half, html, type, drip, random; skew, revoke, remove, chat.
func ParseFault(text string) (Fault, error) {
	var f Fault
	for field := range strings.SplitSeq(text, ";") {
		word, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		if word == "" {
			continue
		}
		if err := f.set(word, value); err != nil {
			return Fault{}, fmt.Errorf("read the fault %q: %s: %w", text, word, err)
		}
	}
	return f, nil
}

func (f *Fault) set(word, value string) (err error) {
	times := map[string]*time.Duration{"after": &f.After, "for": &f.For, "delay": &f.Delay, "retry": &f.RetryAfter, "drip": &f.Drip, "skew": &f.Skew}
	texts := map[string]*string{"service": &f.Service, "method": &f.Method, "type": &f.Type, "revoke": &f.Revoke, "remove": &f.Remove, "chat": &f.Chat}
	flags := map[string]*bool{"acted": &f.Acted, "half": &f.Half, "html": &f.HTML, "random": &f.Random}
	numbers := map[string]*int{"status": &f.Status, "times": &f.Times}
	switch {
	case times[word] != nil:
		*times[word], err = time.ParseDuration(value)
	case texts[word] != nil && value == "":
		err = fmt.Errorf("the value is missing")
	case texts[word] != nil:
		*texts[word] = value
	case flags[word] != nil && value != "":
		err = fmt.Errorf("it takes no value")
	case flags[word] != nil:
		*flags[word] = true
	case numbers[word] != nil:
		*numbers[word], err = strconv.Atoi(value)
	case word == "path":
		f.Path = append(f.Path, strings.Split(value, ",")...)
	case word == "chance":
		f.Chance, err = strconv.ParseFloat(value, 64)
	case word == "seed":
		f.Seed, err = strconv.ParseUint(value, 10, 64)
	case word == "cut":
		f.Cut = When(value)
	default:
		err = fmt.Errorf("there is no such word")
	}
	if err == nil && !(f.Chance >= 0 && f.Chance <= 1) {
		err = fmt.Errorf("a chance is from 0 to 1")
	}
	return err
}
