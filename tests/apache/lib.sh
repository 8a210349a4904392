# Shared by the scripts of this folder; to be sourced by bash, never run.
#
# Knows which Apache releases we test against, where their jars are kept, how to get them, and how to start a JVM.
# Nothing is written into the source tree: jars and compiled helpers go to $RMQ_APACHE_CACHE
# (default: rocketmq-c in the user's cache folder), so a second run needs no network.

apache_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
apache_cache=${RMQ_APACHE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/rocketmq-c}

# The newest release whose parts were all published: a later one was not when this was written. It is told here only.
apache_newest=5.5.0

# The releases that "check-apache" runs by default.
apache_default_versions="5.3 4.9 newest"

say() { printf '%s\n' "apache: $*" >&2; }
die() { say "$*"; exit 1; }
# 77 is automake's word for "skipped".
skip() { say "skipped: $*"; exit 77; }

# resolve VERSION: sets server_version and client_version.
# Not every release was published whole. The name server and the broker of 4.9.8 were not, so 4.9 is the newest published
# server (4.9.7) with the newest client (4.9.8). 5.3.3 is the newest 5.3 with all four parts.
resolve() {
    case $1 in
    5.3 | 5.3.3) server_version=5.3.3 client_version=5.3.3 ;;
    4.9 | 4.9.7 | 4.9.8) server_version=4.9.7 client_version=4.9.8 ;;
    newest) server_version=$apache_newest client_version=$apache_newest ;;
    [45].[0-9]*.[0-9]*) server_version=$1 client_version=$1 ;;
    *) die "unknown release '$1': give 5.3, 4.9, newest or a full release number" ;;
    esac
}

need_java() {
    command -v java >/dev/null 2>&1 || skip "there is no Java here (a JDK 17 is needed)"
}

# jars ROLE VERSION: prints the folder of the jars of "server" or "client"; fetches them with Maven the first time.
jars() {
    local role=$1 version=$2 dir=$apache_cache/apache-$1-$2 log part
    if [ ! -e "$dir/complete" ]; then
        command -v mvn >/dev/null 2>&1 || skip "there is no Maven here, and the jars of $version are not in the cache yet"
        mkdir -p "$apache_cache" || die "cannot make $apache_cache"
        part=$(mktemp -d "$apache_cache/part.XXXXXX") || die "cannot write to $apache_cache"
        log=$apache_cache/mvn-$role-$version.log
        say "getting the $role of Apache RocketMQ $version"
        cp "$apache_here/pom-$role.xml" "$part/pom.xml"
        if ! (cd "$part" && mvn -B -q -Drocketmq.version="$version" -DincludeScope=runtime \
            -DoutputDirectory="$part/lib" dependency:copy-dependencies) >"$log" 2>&1; then
            rm -rf "$part"
            skip "Maven could not get the $role of Apache RocketMQ $version (its output is in $log)"
        fi
        touch "$part/complete"
        # Another run may have been faster; both copies are the same then.
        if ! mv -T "$part" "$dir" 2>/dev/null; then rm -rf "$part"; fi
        [ -e "$dir/complete" ] || die "the cache folder $dir is incomplete: remove it"
    fi
    printf '%s\n' "$dir/lib"
}

# classes VERSION FILE...: prints a folder with these Java files compiled against that client, and the client's silence
# (its log settings). Kept in the cache until a file changes.
classes() {
    local version=$1 lib sum dir part
    shift
    command -v javac >/dev/null 2>&1 || skip "there is no Java compiler here (a JDK 17 is needed)"
    lib=$(jars client "$version") || exit $?
    sum=$(cat "$@" | cksum | cut -d' ' -f1)
    dir=$apache_cache/classes-$version-$sum
    if [ ! -d "$dir" ]; then
        part=$(mktemp -d "$apache_cache/part.XXXXXX") || die "cannot write to $apache_cache"
        if ! javac -nowarn -Xlint:-options -Xlint:-deprecation -encoding UTF-8 --release 8 -cp "$lib/*" -d "$part" "$@" \
            >"$part/javac.log" 2>&1; then
            cat "$part/javac.log" >&2
            rm -rf "$part"
            die "does not compile against the client $version: $*"
        fi
        cp "$apache_here/silent.xml" "$part/rmq.client.logback.xml" && cp "$apache_here/silent.xml" "$part/logback.xml" ||
            { rm -rf "$part"; die "cannot write to $apache_cache"; }
        mv -T "$part" "$dir" 2>/dev/null || rm -rf "$part"
    fi
    printf '%s\n' "$dir"
}

# Fills the array java_flags: what every JVM of ours gets. $1 = a folder for whatever it wants to write.
# Verifying the classes of the jars takes a sixth of a start, and we start over a hundred.
set_java_flags() {
    java_flags=(
        -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -XX:ErrorFile="$1/hs_err_%p.log"
        -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote
        -Duser.home="$1" -Djava.io.tmpdir="$1" -Djava.net.preferIPv4Stack=true -Dfile.encoding=UTF-8
        --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED
        --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED
        --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-exports=java.base/sun.nio.ch=ALL-UNNAMED
    )
}

# loopback_shim: prints the path of the bind() shim (see loopback.c), or nothing where there is no C compiler.
loopback_shim() {
    local sum so part
    command -v cc >/dev/null 2>&1 || return 0
    sum=$(cksum <"$apache_here/loopback.c" | cut -d' ' -f1)
    so=$apache_cache/loopback-$sum.so
    if [ ! -e "$so" ]; then
        part=$(mktemp "$apache_cache/part.XXXXXX") || return 0
        if cc -std=c11 -O2 -shared -fPIC -o "$part" "$apache_here/loopback.c" -ldl >&2; then mv "$part" "$so"
        else rm -f "$part"; return 0; fi
    fi
    printf '%s\n' "$so"
}

# make_certificate DIR: a CA (ca.pem, ca.key) and its certificate of a server (or a client) on localhost and 127.0.0.1 (server.pem, server.key).
make_certificate() {
    local tls=$1
    {
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=rocketmq-c test CA" \
            -keyout "$tls/ca.key" -out "$tls/ca.pem" &&
            openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$tls/server.key" -out "$tls/server.csr" &&
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' >"$tls/server.ext" &&
            openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 30 \
                -extfile "$tls/server.ext" -out "$tls/server.pem"
    } >"$tls/openssl.log" 2>&1
}

# port_taken PORT: does something listen there on the loopback interface?
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_ports N: prints the first of N consecutive free ports, below the range that outgoing connections use.
free_ports() {
    local n=$1 try base i
    for try in $(seq 200); do
        base=$((14000 + (RANDOM * 32768 + RANDOM) % 16000))
        for ((i = 0; i < n; i++)); do port_taken $((base + i)) && continue 2; done
        printf '%s\n' "$base"
        return 0
    done
    die "found no $n free ports after $try tries"
}

# look PID: the state of a process and when it was started, into state and started; fails when it is gone. Without a program,
# as those who wait call it often.
look() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -r -a line <<<"${line##*) }"
    state=${line[0]} started=${line[19]}
}

# started_at PID: when a process was started (empty when it is gone); tells our process from a later one of the same id.
started_at() {
    local state started
    ! look "$1" || printf '%s\n' "$started"
}

# alive PIDFILE: is the process written there, "pid start-time", still running (and not a zombie)?
alive() {
    local pid start state started
    [ -r "$1" ] && read -r pid start <"$1" || return 1
    [ -n "$start" ] && look "$pid" && [ "$started" = "$start" ] && [ "$state" != Z ]
}

# signal NAME PIDFILE: signals that process if it is ours and alive.
signal() {
    local pid
    alive "$2" || return 0
    read -r pid _ <"$2"
    kill -s "$1" "$pid" 2>/dev/null || :
}

# wait_gone PIDFILE SECONDS
wait_gone() {
    local end=$((SECONDS + $2))
    while alive "$1"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
