#!/usr/bin/env bash
# Starts Flower, the web page that shows jobs moving. It only shows; `anthology` steers.
#
# From the environment or .env in this folder, as every command reads them:
#   ANTHOLOGY_BROKER_URL, ANTHOLOGY_HOME  as everywhere
#   ANTHOLOGY_FLOWER_ADDRESS              127.0.0.1 unless set
#   ANTHOLOGY_FLOWER_PORT                 5555 unless set
#   ANTHOLOGY_FLOWER_BASIC_AUTH           user:password; a must for any other address
set -euo pipefail

refuse() {
  echo "flower.sh: $1" >&2
  exit 2
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv/bin
if [[ -x $venv/celery ]]; then
  PATH=$venv:$PATH
fi
command -v celery >/dev/null || refuse "there is no celery here; run make .venv or activate the environment"

# -P: not the `anthology.py` that somebody may have in this folder. A checkout need not be installed.
settings=$(python -P - "$root" <<'END'
import sys
sys.path.append(sys.argv[1] + "/producer/public")
from anthology.models.errors import AnthologyError
from anthology.models.settings import Settings, texts
try:
    settings, set_here = Settings(), texts()
except AnthologyError as error:
    sys.exit(f"flower.sh: {error}")
print(settings.broker_url, settings.home, settings.umask, sep="\n")
print(set_here.get("FLOWER_ADDRESS", "127.0.0.1"), set_here.get("FLOWER_PORT", "5555"), sep="\n")
print(set_here.get("FLOWER_BASIC_AUTH", ""))
END
) || exit 2
mapfile -t found <<<"$settings"
broker=${found[0]} home=${found[1]} mask=${found[2]}
address=${found[3]} port=${found[4]} auth=${found[5]:-}

if [[ -n $auth && ! $auth =~ ^[^:,]+:[^,]+$ ]]; then
  refuse "ANTHOLOGY_FLOWER_BASIC_AUTH must read user:password, without a comma"
fi
if [[ -z $auth && $address != 127.0.0.1 && $address != ::1 && $address != localhost ]]; then
  refuse "on $address anybody could look in; set ANTHOLOGY_FLOWER_BASIC_AUTH=user:password"
fi

umask "$mask"  # its history is nobody else's to read
mkdir -p "$home"
if [[ $broker == rediss://* && $broker != *ssl_* ]]; then
  broker+=?ssl_cert_reqs=required  # without it Kombu 5.7 would believe any certificate
fi

# In the environment, not on the command line: that one is for everybody to read (ps).
export CELERY_BROKER_URL=$broker
if [[ -n $auth ]]; then
  export FLOWER_BASIC_AUTH=$auth
else
  unset FLOWER_BASIC_AUTH
fi
export FLOWER_READ_ONLY=${FLOWER_READ_ONLY:-true}

# Without --state_save_interval the history is written at a clean exit only.
exec celery flower \
  --address="$address" \
  --port="$port" \
  --persistent=True \
  --db="$home/flower.db" \
  --state_save_interval=10000 \
  --purge_offline_workers=3600 \
  --tasks_columns=name,args,state,received,runtime,worker,result
