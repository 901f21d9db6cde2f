package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"chatpane/build/benchtable"
)

// dayTargets are the targets of the figures of the working day, by name.
var dayTargets = map[string]float64{"requests per agent-hour": 150, "counting each part of a $batch": 150, "refused for that": 0, "refused on that day": 0}

// workingDay plays a working day in virtual time. That needs a test's bubble, so
// it is a test of package session that tells its figures.
func workingDay(ctx context.Context, t *benchtable.Table) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-run", "^TestAWorkingDayCostsLittle$", "./app/session")
	cmd.Env = append(os.Environ(), "CHATPANE_SEEDS=1000") // all of the day
	out, err := cmd.CombinedOutput()
	missing := maps.Clone(dayTargets)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		part := strings.Split(lines.Text(), "\t")
		if len(part) != 3 || !strings.HasSuffix(part[0], "figure") {
			continue
		}
		value, err := strconv.ParseFloat(part[2], 64)
		if err != nil {
			return fmt.Errorf("read a figure of the day: %w", err)
		}
		row := benchtable.Row{Name: "day: " + part[1], Value: value, Unit: "requests"}
		if strings.HasPrefix(part[1], "everything") {
			row.Unit = "hours"
		}
		if target, ok := dayTargets[part[1]]; ok {
			row.Limit, row.Target = benchtable.AtMost, target
		}
		t.Add(row)
		delete(missing, part[1])
	}
	if len(missing) == len(dayTargets) {
		return fmt.Errorf("play a working day: %w\n%s", err, out)
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		t.Add(benchtable.Row{Name: "day: " + name, Value: benchtable.NotMeasured(), Unit: "requests", Limit: benchtable.AtMost, Target: dayTargets[name]})
	}
	return nil
}
