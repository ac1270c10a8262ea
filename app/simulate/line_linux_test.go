package main

import "golang.org/x/sys/unix"

const inputWaiting = unix.TIOCINQ
