package main

const inputWaiting = 0x4004667f // FIONREAD of sys/filio.h
