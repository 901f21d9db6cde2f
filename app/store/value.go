package store

import (
	"errors"
	"fmt"

	"chatpane/app/chat"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"
)

// The first byte of a value before it is sealed tells how it is packed.
const (
	packedPlain = 0 // would hardly shrink, and reads twice as fast like this
	packedZstd  = 1
)

// maxValue bounds what one value may unpack to, so that a damaged length
// cannot exhaust memory; what is longer is not packed either.
const maxValue = 32 << 20

// errUnfit means a value that cannot be written: too long, or with text that is
// no UTF-8, which no JSON decoder lets through.
var errUnfit = errors.New("it cannot be written")

// sealer is what the store needs of *vault.Vault.
type sealer interface {
	Persistent() bool
	BadgerKey() []byte
	Seal(bucket string, key, plain []byte) []byte
	Unseal(bucket string, key, sealed []byte) ([]byte, error)
	AddChats(chats ...string) error
	SealChat(chat, bucket string, key, plain []byte) ([]byte, error)
	UnsealChat(chat, bucket string, key, sealed []byte) ([]byte, error)
	Shred(chats ...string) error
	ReadFile(name string) ([]byte, error)
	WriteFile(name string, data []byte) error
}

// codec turns protobufs into sealed values and back.
type codec struct {
	vault sealer
	enc   *zstd.Encoder
	dec   *zstd.Decoder
}

func newCodec(v sealer) (*codec, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false), zstd.WithWindowSize(64<<10))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxValue))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	return &codec{vault: v, enc: enc, dec: dec}, nil
}

func (c *codec) pack(m proto.Message) ([]byte, error) {
	plain, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend([]byte{packedPlain}, m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnfit, err)
	}
	if len(plain) > maxValue {
		return nil, fmt.Errorf("%w: %d bytes", errUnfit, len(plain))
	}
	if len(plain) < 64 {
		return plain, nil
	}
	if small := c.enc.EncodeAll(plain[1:], []byte{packedZstd}); len(small) < len(plain)*7/8 {
		return small, nil
	}
	return plain, nil
}

func (c *codec) unpack(packed []byte, into proto.Message) error {
	if len(packed) == 0 {
		return errors.New("empty value")
	}
	plain := packed[1:]
	switch packed[0] {
	case packedPlain:
	case packedZstd:
		var err error
		if plain, err = c.dec.DecodeAll(plain, nil); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown packing %d", packed[0])
	}
	return proto.Unmarshal(plain, into)
}

// seal makes the stored form of a value. owner is the chat it belongs to, empty
// for what belongs to the account.
func (c *codec) seal(b bucket, owner chat.ID, key []byte, m proto.Message) ([]byte, error) {
	packed, err := c.pack(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", b, err)
	}
	if owner == "" {
		return c.vault.Seal(string(b), key, packed), nil
	}
	sealed, err := c.vault.SealChat(string(owner), string(b), key, packed)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", b, err)
	}
	return sealed, nil
}

// open is the inverse of seal.
func (c *codec) open(b bucket, owner chat.ID, key, sealed []byte, into proto.Message) error {
	var packed []byte
	var err error
	if owner == "" {
		packed, err = c.vault.Unseal(string(b), key, sealed)
	} else {
		packed, err = c.vault.UnsealChat(string(owner), string(b), key, sealed)
	}
	if err != nil {
		return fmt.Errorf("unseal %s: %w", b, err)
	}
	if err := c.unpack(packed, into); err != nil {
		return fmt.Errorf("decode %s: %w", b, err)
	}
	return nil
}

func (c *codec) close() {
	c.enc.Close()
	c.dec.Close()
}
