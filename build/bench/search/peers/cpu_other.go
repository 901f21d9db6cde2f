//go:build !linux && !darwin

package main

func threadCPU() int64 { return unknown }
