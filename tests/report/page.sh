#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The page of `bailiff report --html` in a real browser: see page.py.
# timeout: 400
. "$(dirname "$0")/../common/lib.sh"

for program in chromium chromedriver; do
	have "$program" || skip_all "$program is not installed (make deps FOR=test)"
done
/usr/bin/python3 -c 'import selenium' 2>/dev/null || skip_all "python3-selenium is not installed (make deps FOR=test)"
/usr/bin/python3 tests/report/page.py
