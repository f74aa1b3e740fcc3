#!/usr/bin/env bash
# Starts Flower, the web page that shows jobs moving. It only shows; `anthology` steers.
#
#   ANTHOLOGY_BROKER_URL, ANTHOLOGY_HOME  as everywhere, also from .env in this folder
#   ANTHOLOGY_FLOWER_ADDRESS              127.0.0.1 unless set
#   ANTHOLOGY_FLOWER_PORT                 5555 unless set
#   ANTHOLOGY_FLOWER_BASIC_AUTH           user:password; a must for any other address
set -euo pipefail

address=${ANTHOLOGY_FLOWER_ADDRESS:-127.0.0.1}
port=${ANTHOLOGY_FLOWER_PORT:-5555}
auth=${ANTHOLOGY_FLOWER_BASIC_AUTH:-}

refuse() {
  echo "flower.sh: $1" >&2
  exit 2
}

if [[ -n $auth && ! $auth =~ ^[^:,]+:[^,]+$ ]]; then
  refuse "ANTHOLOGY_FLOWER_BASIC_AUTH must read user:password, without a comma"
fi
if [[ -z $auth && $address != 127.0.0.1 && $address != ::1 && $address != localhost ]]; then
  refuse "on $address anybody could look in; set ANTHOLOGY_FLOWER_BASIC_AUTH=user:password"
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv/bin
if [[ -x $venv/celery ]]; then
  PATH=$venv:$PATH
fi
command -v celery >/dev/null || refuse "there is no celery here; run make .venv or activate the environment"

# -P: not the `models.py` that somebody may have in this folder. A checkout need not be installed.
settings=$(python -P - "$root" <<'END'
import sys
sys.path.append(sys.argv[1])
from models.settings import Settings
settings = Settings()
print(settings.broker_url)
print(settings.umask)
print(settings.home)
END
)
{ read -r broker; read -r mask; IFS= read -r home; } <<<"$settings"
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
