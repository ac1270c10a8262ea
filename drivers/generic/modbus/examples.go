package modbus

import (
	"embed"
	"fmt"

	"countersign/drivers"
)

//go:embed isolation-room.toml medical-gas-alarm.toml
var exampleFiles embed.FS

// IsolationRoom is the example map of a room pressure monitor.
func IsolationRoom() *Map { return example("isolation-room.toml") }

// MedicalGasAlarm is the example map of a medical gas area alarm panel.
func MedicalGasAlarm() *Map { return example("medical-gas-alarm.toml") }

// Examples returns the drivers of the example maps, in order of ID.
func Examples() []drivers.Driver { return []drivers.Driver{IsolationRoom(), MedicalGasAlarm()} }

// example loads a map that was built in. That it is sound is a property of the program, shown by its tests.
func example(name string) *Map {
	source, err := exampleFiles.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("modbus: the example %s was not built in: %v", name, err))
	}
	m, err := Load(name, source)
	if err != nil {
		panic(fmt.Sprintf("modbus: the example is not sound: %v", err))
	}
	return m
}
