package session

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
)

// end is how a request ends that the network was told to break.
type end string

const (
	lostOnTheWay  end = "is lost on the way"
	answerLost    end = "has its answer lost"
	unavailable   end = "is answered 503"
	networkGone   end = "meets no network"
	killedBefore  end = "has the app killed before it arrives"
	killedAfter   end = "has the app killed before its answer"
	answeredBadly end = "is done and answered 502"
)

// cutter is a network that breaks one request.
type cutter struct {
	http.RoundTripper
	mu   sync.Mutex
	at   func(*http.Request) bool // nil: armed no more
	how  end
	hit  bool
	gone bool // the network is down until restored
	log  []string
}

func (c *cutter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.log = append(c.log, r.Method+" "+r.URL.Path)
	how := end("")
	if c.gone {
		how = networkGone
	} else if c.at != nil && c.at(r) {
		how, c.at, c.hit = c.how, nil, true
		c.gone = how == networkGone
	}
	c.mu.Unlock()
	switch how {
	case lostOnTheWay:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case networkGone:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case unavailable:
		return answered(r, 503), nil
	case killedBefore:
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	res, err := c.RoundTripper.RoundTrip(r)
	switch how {
	case answerLost:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case answeredBadly:
		return answered(r, 502), nil
	case killedAfter:
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return res, err
}

func answered(r *http.Request, status int) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Content-Type": {"text/plain"}},
		Body: io.NopCloser(strings.NewReader("gateway")), Request: r}
}

func (c *cutter) restore() { c.mu.Lock(); c.gone = false; c.mu.Unlock() }
