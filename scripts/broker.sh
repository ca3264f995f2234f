#!/bin/sh
# A RabbitMQ for the tests of the distributed Scout: installed where we may, else those tests are skipped and say why.
set -eu
[ -n "${AMQP_URL:-}" ] && exit 0
[ -e /usr/lib/rabbitmq/bin/rabbitmq-server ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing rabbitmq-server for the tests of the distributed Scout (no service is started)"
    policy=/usr/sbin/policy-rc.d  # Debian asks it whether to start what it installs
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT
    fi
    if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Acquire::Retries=3 --no-install-recommends \
        rabbitmq-server; } >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "No RabbitMQ: its tests will be skipped. With it: AMQP_URL, Docker, or sudo apt-get install rabbitmq-server"
