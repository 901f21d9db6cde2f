package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// dvError is a refusal as Dataverse words it.
type dvError struct {
	status        int
	code, message string
	retry         int // seconds of Retry-After, 0 = no header
}

// reply is the error as an answer. With every annotation asked for, the body
// carries the details the platform adds.
func (e *dvError) reply(annotated bool) dvReply {
	inner := dvObject{{"code", e.code}, {"message", e.message}}
	if annotated {
		inner = append(inner,
			dvField{"@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus", "0"},
			dvField{"@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode", "0"},
			dvField{"@Microsoft.PowerApps.CDS.HelpLink", "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a" + e.code[2:]},
			dvField{"@Microsoft.PowerApps.CDS.InnerError.Message", e.message})
	}
	r := dvJSON(e.status, dvObject{{"error", inner}})
	if e.retry > 0 {
		r.header.Set("Retry-After", fmt.Sprint(e.retry))
	}
	return r
}

// The codes that several refusals share.
const (
	dvCodeURI       = "0x80060888" // anything wrong with the address or the query
	dvCodePayload   = "0x80048d19" // anything wrong with the body
	dvCodePrivilege = "0x80040220" // no privilege, or no right on the record
	dvCodeMissing   = "0x80040217" // no such row
	dvCodeExists    = "0x80040237" // a row with this key exists
	dvCodeVersion   = "0x80060882" // the row has changed
)

func dvBad(format string, args ...any) *dvError {
	return &dvError{status: http.StatusBadRequest, code: dvCodeURI, message: fmt.Sprintf(format, args...)}
}

func dvNoSegment(name string) *dvError {
	return &dvError{status: http.StatusNotFound, code: dvCodeURI, message: fmt.Sprintf("Resource not found for the segment '%s'.", name)}
}

func dvNoProperty(name string, t *dvTable) *dvError {
	return dvBad("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", name, t.logical)
}

func dvNoRow(t *dvTable, id string) *dvError {
	return &dvError{status: http.StatusNotFound, code: dvCodeMissing,
		message: fmt.Sprintf("Entity '%s' With Id = %s Does Not Exist", t.logical, id)}
}

func dvBadBody(set, format string, args ...any) *dvError {
	return &dvError{status: http.StatusBadRequest, code: dvCodePayload, message: fmt.Sprintf(
		"Error identified in Payload provided by the user for Entity :'%s', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: %s",
		set, fmt.Sprintf(format, args...))}
}

// dvFailure is the refusal that stands for a status which no handler decided on:
// a gateway's, or a knob's.
func dvFailure(status int) *dvError {
	e := dvError{status: status, message: http.StatusText(status)}
	switch status {
	case http.StatusTooManyRequests:
		e = dvRefusals["requests"]
	case http.StatusForbidden:
		e.code, e.message = dvCodePrivilege, "Principal user is missing a privilege."
	case http.StatusNotFound:
		e.code, e.message = dvCodeMissing, "The record Does Not Exist"
	case http.StatusPreconditionFailed:
		e.code, e.message = dvCodeVersion, "The version of the existing record doesn't match the RowVersion property provided."
	case http.StatusInternalServerError:
		e.code, e.message = "0x80040216", "An unexpected error occurred."
	case http.StatusBadRequest:
		e.code, e.message = dvCodeURI, "Bad Request - Error in query syntax."
	case http.StatusRequestEntityTooLarge:
		e.code, e.message = dvCodePayload, "The request body is too large."
	}
	return &e
}

func dvUnsupported(what string) *dvError {
	return &dvError{status: http.StatusNotImplemented, code: dvCodeURI, message: what + " is not supported."}
}

// dvField is one member of a JSON object that keeps its order.
type dvField struct {
	name  string
	value any
}

// dvObject is a JSON object in the order in which Dataverse writes it.
type dvObject []dvField

// MarshalJSON writes the members in order.
func (o dvObject) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := dvEncodeJSON(f.name)
		if err != nil {
			return nil, fmt.Errorf("write name %q: %w", f.name, err)
		}
		value, err := dvEncodeJSON(f.value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// dvEncodeJSON writes JSON as Microsoft does: without HTML escapes.
func dvEncodeJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// get returns a member by name.
func (o dvObject) get(name string) any {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// dvReply is an answer before it is written to the wire or into a batch.
type dvReply struct {
	status int
	header http.Header
	body   []byte
}

// dvJSON is an answer with a JSON body.
func dvJSON(status int, body any) dvReply {
	data, err := dvEncodeJSON(body)
	if err != nil {
		panic(fmt.Sprintf("sandbox: answer cannot be written as JSON: %v", err)) // only our own types get here
	}
	r := dvReply{status: status, header: http.Header{}, body: data}
	r.header.Set("Content-Type", "application/json; odata.metadata=minimal")
	return r
}
