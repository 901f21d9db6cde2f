package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

const (
	fileHead = "CPF1"
	maxFile  = 64 << 20
)

// ReadFile returns the content of a sealed file: fs.ErrNotExist when there is
// none, [ErrTampered] when it is not what was written.
func (v *Vault) ReadFile(name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	data, err := v.load(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	body, ok := bytes.CutPrefix(data, []byte(fileHead))
	if !ok {
		return nil, fmt.Errorf("read %s: %w", name, ErrTampered)
	}
	plain, err := unseal(v.files, body, bind("file", v.account, name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return plain, nil
}

// WriteFile replaces a sealed file as a whole. When it returns the new content
// is durable; after an error or a crash the file is the old or the new one.
func (v *Vault) WriteFile(name string, data []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.destroyed {
		return ErrDestroyed
	}
	sealed := seal([]byte(fileHead), v.files, data, bind("file", v.account, name))
	if !v.Persistent() {
		v.memory[name] = sealed
		return nil
	}
	if err := v.replace(name, sealed); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Remove deletes a sealed file. There need not be one.
func (v *Vault) Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.memory, name)
	if !v.Persistent() || v.destroyed {
		return nil
	}
	if err := removeIfThere(v.path(name)); err != nil {
		return err
	}
	return syncDir(v.dir)
}

func (v *Vault) load(name string) ([]byte, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.destroyed {
		return nil, ErrDestroyed
	}
	if v.Persistent() {
		return readLimited(v.path(name))
	}
	data, ok := v.memory[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

// replace writes a file under a passing name, then renames it.
func (v *Vault) replace(name string, data []byte) error {
	if err := v.writeDurably(name+".tmp", data); err != nil {
		return err
	}
	if err := os.Rename(v.path(name+".tmp"), v.path(name)); err != nil {
		return err
	}
	return syncDir(v.dir)
}

// writeDurably writes a whole file and waits until it is on the disk.
func (v *Vault) writeDurably(name string, data []byte) error {
	if err := v.hooks.at("write " + name); err != nil {
		return err
	}
	f, err := v.openFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(v.path(name)))
	}
	return v.hooks.at("wrote " + name)
}

// file is what a vault needs of an os.File.
type file interface {
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

func (v *Vault) openFile(name string, flag int) (file, error) {
	f, err := os.OpenFile(v.path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	if v.hooks.file != nil {
		return v.hooks.file(f), nil
	}
	return f, nil
}

// checkName accepts short plain names that are the same on every file system,
// and none that the vault uses itself.
func checkName(name string) error {
	plain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
	if name == "" || len(name) > 64 || !plain {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	return nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: larger than any file written here", ErrTampered)
	}
	return data, nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes a rename durable. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
