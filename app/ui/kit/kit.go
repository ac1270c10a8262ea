// Package kit is what every screen of the console is built from: background work that reports to the window, the theme,
// the words and icons of each state, tables, editors of settings, dialogs and texts. A widget of the kit can be worked by
// keyboard alone, names itself for assistive technology and never tells anything by colour only.
//
// The kit knows no screen, no route and no service of the program. It words failures ([FaultText]); it does not decide
// what to do about them.
package kit
