package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"countersign/internal/formats"
	"countersign/internal/verify"
)

// vector is one of the bundles with which the verifier is tested.
func vector(name string) string {
	return filepath.Join("..", "..", "internal", "verify", "testdata", "vectors", name+".zip")
}

// said runs the tool and returns what it says.
func said(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

// TestTheToolEndsAsItsVerdictSays calls it as people do, rightly and wrongly.
func TestTheToolEndsAsItsVerdictSays(t *testing.T) {
	broken := vector("a-checkpoint-is-missing")
	folder := t.TempDir()
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte("no bundle"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a broken bundle":          {[]string{broken}, 4, "FAILED"},
		"for programs":             {[]string{"--json", broken}, 4, `"rule": "checkpoint-missing"`},
		"no bundle":                {[]string{text}, 4, "this is not a bundle"},
		"nothing there":            {[]string{filepath.Join(folder, "none")}, exitMedium, "none"},
		"a folder":                 {[]string{folder}, exitMedium, "is no file"},
		"no argument":              {nil, exitUsage, "one bundle"},
		"two bundles":              {[]string{broken, broken}, exitUsage, "one bundle"},
		"an unknown flag":          {[]string{"--fast", broken}, exitUsage, "fast"},
		"a head that is none":      {[]string{"--head", "x", broken}, exitUsage, "--head"},
		"a root that is none":      {[]string{"--head", "x 5 !", broken}, exitUsage, "--head"},
		"a receipt that is none":   {[]string{"--receipt", text, broken}, exitUsage, "receipt"},
		"an export that is none":   {[]string{"--previous", text, broken}, exitUsage, "no bundle"},
		"a receipt without a name": {[]string{"--receipt-out", "r", broken}, exitUsage, "--as"},
		"the version":              {[]string{"--version"}, 0, "countersign-verify"},
		"help":                     {[]string{"--help"}, 0, "Exit status"},
	} {
		code, out, errs := said(t, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: %d\n%s%s", name, code, out, errs)
		}
	}
}

// TestTheJSONIsAReport reads what is said for programs.
func TestTheJSONIsAReport(t *testing.T) {
	_, out, _ := said(t, "--json", vector("a-table-with-a-formula"))
	var r verify.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Verdict != verify.Failed || r.Failure == nil || r.Failure.Path != formats.EventsPath || r.About.Origin != "clinic.example/ward-7" || r.Counts.Records == 0 {
		t.Errorf("%+v", r)
	}
}

// TestAnInterruptedVerificationHasNoVerdict cancels it before it begins.
func TestAnInterruptedVerificationHasNoVerdict(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{vector("a-table-with-a-formula")}, &out, &errs); code != exitMedium || out.Len() > 0 || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("%d %s%s", code, out.String(), errs.String())
	}
}

// TestAnEncryptedBundleIsReadWithoutWritingIt encrypts one to an auditor.
func TestAnEncryptedBundleIsReadWithoutWritingIt(t *testing.T) {
	folder := t.TempDir()
	plain, err := os.ReadFile(vector("a-checkpoint-is-missing"))
	if err != nil {
		t.Fatal(err)
	}
	identity, other := identityIn(t, folder, "mine"), identityIn(t, folder, "other")
	path := filepath.Join(folder, "bundle.zip.age")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := age.Encrypt(file, identity.Recipient())
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(plain))
	}
	if err != nil || w.Close() != nil || file.Close() != nil {
		t.Fatal(err)
	}
	if code, out, _ := said(t, "--identity", filepath.Join(folder, "mine"), path); code != 4 || !strings.Contains(out, "checkpoint-missing") {
		t.Errorf("%d %s", code, out)
	}
	if code, _, errs := said(t, "--identity", filepath.Join(folder, "other"), path); code != exitMedium || !strings.Contains(errs, "decrypt") {
		t.Errorf("with another key %s: %d %s", other.Recipient(), code, errs)
	}
	if code, _, errs := said(t, path); code != exitUsage || !strings.Contains(errs, "--identity") {
		t.Errorf("without a key: %d %s", code, errs)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 3 {
		t.Errorf("%d files: %v", len(left), err)
	}
}

func identityIn(t *testing.T, folder, name string) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(identity.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return identity
}

// TestAnAuditorHasAKeyAndSignsReceipts makes a key and a receipt, and holds a later bundle against the receipt.
func TestAnAuditorHasAKeyAndSignsReceipts(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "auditor.key")
	if code, out, errs := said(t, "keygen", path); code != 0 || !strings.Contains(out, ".pub") {
		t.Fatal(code, out, errs)
	}
	if code, _, _ := said(t, "keygen", path); code != exitMedium {
		t.Error("a key was written over another")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v %v", info, err)
	}
	key, err := readKey(path)
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if pub, err := formats.ReadReceiptPublic(public); err != nil || !pub.Equal(key.Public()) {
		t.Error(pub, err)
	}
	r := verify.Report{Verdict: verify.WithFindings}
	r.Manifest.Origin, r.Manifest.Head = "clinic.example/ward-7", formats.Head{Size: 500, Root: [32]byte{1}}
	a := asked{receiptOut: filepath.Join(folder, "receipt"), as: "Jo Auditor", key: path}
	if err := a.receipt(r); err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile(a.receiptOut)
	if err != nil {
		t.Fatal(err)
	}
	back, err := formats.OpenReceipt(note, key.Public().(ed25519.PublicKey))
	if err != nil || back.Auditor != "Jo Auditor" || back.Head != r.Manifest.Head || back.Verdict != string(r.Verdict) {
		t.Errorf("%v %+v", err, back)
	}
	code, out, _ := said(t, "--key", path, "--receipt", a.receiptOut, vector("a-table-with-a-formula"))
	if code != 4 || !strings.Contains(out, "known-size") || !strings.Contains(out, "the receipt of Jo Auditor") {
		t.Errorf("a log that was cut off since: %d %s", code, out)
	}
	r.Verdict = verify.Failed
	if a.receiptOut += " 2"; a.receipt(r) == nil {
		t.Error("a receipt for a bundle that failed")
	}
}

// TestAnEarlierExportIsAWitness holds a short log against a longer one of before.
func TestAnEarlierExportIsAWitness(t *testing.T) {
	code, out, _ := said(t, "--previous", vector("a-review-of-another-emergency"), vector("a-table-with-a-formula"))
	if code != 4 || !strings.Contains(out, "known-size") {
		t.Errorf("%d %s", code, out)
	}
}
