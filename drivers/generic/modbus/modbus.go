// Package modbus is the driver for devices that speak Modbus TCP and whose registers a site has described in a map: a
// TOML file that says which register holds what, in which unit, and what may be written to it.
//
// It does its own framing over drivers.Conn, because a console must be able to cancel, record and replay every byte.
// It knows functions 01 to 06, 0F, 10 and 2B/0E and no others; a function that is not here cannot be sent. It is not a
// Modbus library: there is no RTU or ASCII framing, no bus scan, and no way to address a register that no map names.
// The maps that come with it are examples for training and tests, and describe no maker's product.
package modbus
