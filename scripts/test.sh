#!/usr/bin/env bash
# The tests. `scripts/test.sh` runs the core suite; `scripts/test.sh slow data` runs these suites after it.
# A suite is a script, scripts/suites/NAME.sh: its second line says what it checks, a line `# needs: X` names a variable it reads.
set -euo pipefail
cd "$(dirname "$0")/.."

available=$(basename -s .sh -a scripts/suites/*.sh | tr '\n' ' ')
chosen=core
for suite in "$@"; do
    if [ ! -f "scripts/suites/$suite.sh" ]; then
        echo "error: there is no suite '$suite'; there are: $available" >&2
        exit 2
    fi
    for variable in $(sed -n 's/^# needs: //p' "scripts/suites/$suite.sh"); do
        if [ -z "${!variable:-}" ]; then
            echo "error: the suite '$suite' needs the variable $variable; $(sed -n '2s/^# //p' "scripts/suites/$suite.sh")" >&2
            exit 2
        fi
    done
    [[ " $chosen " == *" $suite "* ]] || chosen="$chosen $suite"
done

source scripts/environment.sh
prepare all,dev
for suite in $chosen; do
    say "suite $suite: $(sed -n '2s/^# //p' "scripts/suites/$suite.sh")"
    bash "scripts/suites/$suite.sh"
done
for suite in $available; do
    [[ " $chosen " == *" $suite "* ]] || say "not run: $suite (bash scripts/test.sh $suite)"
done
say "passed: $chosen"
