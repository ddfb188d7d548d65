# Shared by the scripts of this directory: where things are, what is missing, how to build. Sourced, not run.
# Everything here speaks on stderr: stdout belongs to the program.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
jar=$root/tools/target/sallyport.jar
stamp=$root/tools/target/.built
cache=$root/tools/target/sallyport.aot
least_java=25

# The program's flags; those that Agrona and java.lang.foreign need are in the jar's manifest (pom.xml, jvm.addOpens).
# A small heap of a fixed size: packets and tables live outside it, as large as the configuration says, and nothing in the steady state
# allocates. What a second collection finds alive is the HTTP listener's and stays: it is moved once and not copied each time.
plain_flags=(-Xms128m -Xmx128m -XX:MaxDirectMemorySize=64g -XX:+UseSerialGC -XX:MaxTenuringThreshold=1 -XX:-UsePerfData)
# The parser has checked every length, so tables and frames are not checked again; a pass over a batch is compiled as one piece (pom.xml,
# jvm.speedFlags), and no more than a pass is: in larger ones the compiler leaves calls of the smallest methods (jvm.passFlags).
plain_flags+=(-Dagrona.disable.bounds.checks=true -XX:InlineSmallCode=6000 -XX:FreqInlineSize=600 -XX:CompileCommand=quiet)
for method in 'Ingress::*' 'Worker::*' Egress::process Egress::finish; do
    plain_flags+=("-XX:CompileCommand=dontinline,io.sallyport.engine.$method")
done
# The compiler gives way to the threads that forward: much is compiled in the first seconds of traffic. Java lets only root say so on its
# command line; in the image of tools/bin/package the flags are built in, and hold for everyone.
java_flags=("${plain_flags[@]}")
priority_flags=(-XX:ThreadPriorityPolicy=1 -XX:CompilerThreadPriority=5)
[[ $EUID != 0 ]] || java_flags+=("${priority_flags[@]}")

# Constructors that are called once by reflection need no code of their own.
java_properties=(-Djdk.reflect.useNativeAccessorOnly=true)

# Classes that an earlier start loaded, ready for the next one. Java ignores it where it does not fit the jar.
use_cache() {
    [[ -f $cache ]] && java_flags+=("-XX:AOTCache=$cache" -Xlog:aot=off -Xlog:cds=off)
}

say() {
    printf 'sallyport: %s\n' "$*" >&2
}

die() {
    say "$2"
    exit "$1"
}

# The feature number of the Java in directory $1, 0 when there is none. Reads its release file; starts it only if that is missing.
java_version() {
    local version=
    [[ -x $1/bin/java ]] || { echo 0; return; }
    if [[ -r $1/release ]]; then
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    fi
    if [[ -z $version ]]; then
        version=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p')
    fi
    echo "${version:-0}"
}

# Sets java_home to the first Java that is new enough and, when $1 is "jdk", has a compiler: JAVA_HOME, the PATH, the usual places.
find_java() {
    local candidate on_path
    on_path=$(command -v java) && on_path=$(dirname -- "$(dirname -- "$(readlink -f -- "$on_path")")")
    for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*/jdk* \
            "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* \
            "$HOME"/.asdf/installs/java/* /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec; do
        [[ -n $candidate && -x $candidate/bin/java ]] || continue
        [[ ${1:-} != jdk || -x $candidate/bin/javac ]] || continue
        if (( $(java_version "$candidate") >= least_java )); then
            java_home=$candidate
            return 0
        fi
    done
    return 1
}

may_install() {
    (( EUID == 0 )) && command -v apt-get > /dev/null
}

# Runs the command $2… with its output in the file $1, and shows on stderr that time passes.
with_progress() {
    local log=$1 start=$SECONDS pid status=0 shown=
    shift
    "$@" > "$log" 2>&1 < /dev/null &
    pid=$!
    trap 'kill "$pid" 2> /dev/null; wait "$pid" 2> /dev/null; trap - INT; kill -INT $$' INT
    trap 'kill "$pid" 2> /dev/null; exit 143' TERM
    while kill -0 "$pid" 2> /dev/null; do
        sleep 0.2
        if (( SECONDS - start >= 2 )); then
            if [[ -t 2 ]]; then
                printf '\rsallyport:   %d s ' $((SECONDS - start)) >&2
                shown=tty
            elif [[ $shown != $((SECONDS / 2)) ]]; then
                printf '.' >&2
                shown=$((SECONDS / 2))
            fi
        fi
    done
    wait "$pid" || status=$?
    trap - INT TERM
    if [[ $shown == tty ]]; then
        printf '\r\033[K' >&2
    elif [[ -n $shown ]]; then
        printf '\n' >&2
    fi
    return "$status"
}

# Installs the packages $1…, where this user may. Fails without a word where it may not or they are not to be had.
install_packages() {
    local log
    may_install || return 1
    log=$(mktemp)
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    if with_progress "$log" apt-get install -y -q --no-install-recommends "$@" \
            || { with_progress "$log" apt-get update -q && with_progress "$log" apt-get install -y -q --no-install-recommends "$@"; }; then
        rm -f -- "$log"
        return 0
    fi
    tail -n 3 -- "$log" >&2
    rm -f -- "$log"
    return 1
}

# Makes the programs of $1… (PROGRAM:PACKAGE) be there without installing their packages, which would start services on this machine and
# enable them: unpacks each below target/ and installs only the libraries (not those of JavaScript) that it depends on. Extends the PATH.
unpack_programs() {
    local need package directory
    for need in "$@"; do
        package=${need#*:}
        directory=$root/tools/target/unpacked/$package
        PATH=$PATH:$directory/usr/sbin:$directory/usr/bin
        command -v "${need%%:*}" > /dev/null || unpack_package "$package" "$directory" \
            || { say "missing program: ${need%%:*} (of the package $package; it need not run as a service)"; return 1; }
    done
}

# Unpacks the package $1 into the directory $2.
unpack_package() {
    local package=$1 directory=$2 scratch status=1
    may_install || return 1
    scratch=$(mktemp -d)
    chmod 755 -- "$scratch"
    say "unpacking $package"
    export DEBIAN_FRONTEND=noninteractive
    if ( cd -- "$scratch" && { apt-get download -q "$package" || { apt-get update -q && apt-get download -q "$package"; }; } \
            && apt-get satisfy -y -q --no-install-recommends \
                "$(dpkg-deb -f "$package"_*.deb Depends | tr , '\n' | grep '^ *lib[^j]' | paste -sd ,)" \
            && dpkg-deb -x "$package"_*.deb "$scratch/root" && mkdir -p -- "$(dirname -- "$directory")" && rm -rf -- "$directory" \
            && mv -- "$scratch/root" "$directory" ) > "$scratch/log" 2>&1 < /dev/null; then
        status=0
    else
        tail -n 3 -- "$scratch/log" >&2
    fi
    rm -rf -- "$scratch"
    return "$status"
}

# Each argument is PROGRAM:PACKAGE. Prints the packages of the programs that are missing.
missing_packages() {
    local need path=$PATH:/usr/sbin:/sbin
    for need in "$@"; do
        PATH=$path command -v "${need%%:*}" > /dev/null || printf '%s\n' "${need#*:}"
    done | sort -u
}

# Makes the programs of $1… (PROGRAM:PACKAGE) be there, or says in one line what to install.
need_programs() {
    local packages
    mapfile -t packages < <(missing_packages "$@")
    (( ${#packages[@]} == 0 )) && return 0
    install_packages "${packages[@]}" && return 0
    say "missing programs: install the packages ${packages[*]} (as root: apt-get install ${packages[*]})"
    return 1
}

no_java="needs a JDK $least_java or newer: install one (Debian: openjdk-$least_java-jdk-headless, else https://adoptium.net) or set JAVA_HOME"
no_maven="needs Maven 3.8 or newer to build: install it (Debian: apt-get install maven, else https://maven.apache.org)"

# A JDK and Maven, installed where this user may and the system offers them.
need_build_tools() {
    find_java jdk || { install_packages "openjdk-$least_java-jdk-headless" && find_java jdk; } || die 1 "$no_java"
    command -v mvn > /dev/null || install_packages maven || die 1 "$no_maven"
}

# Succeeds when the jar is there and nothing that goes into it is newer.
is_built() {
    [[ -f $jar && -f $stamp && -d $root/tools/target/lib ]] || return 1
    [[ -z $(find "$root"/pom.xml "$root"/{nat-core,io-pcap,tools}/pom.xml "$root"/{nat-core,io-pcap,tools}/src/main \
        -newer "$stamp" -print -quit) ]]
}

# Makes the cache of loaded classes and of the profiles of what was hot (JEP 483, 514, 515); the program starts without it, too, only
# later. Trained by a real start in a network namespace of its own, where this user may have one, else by a replay of the sample.
warm_up() {
    local directory
    directory=$(mktemp -d)
    rm -f -- "$cache"
    with_progress "$directory/log" train_by_run "$directory" || rm -f -- "$cache"
    if [[ ! -f $cache ]]; then
        say "could not train on a running gateway, trains on the sample instead: starts will take longer"
        with_progress "$directory/log" train_by_replay "$directory" || rm -f -- "$cache"
    fi
    rm -rf -- "$directory"
}

train_by_replay() {
    local sample=$root/docs/sample
    "$java_home/bin/java" "${java_flags[@]}" "${java_properties[@]}" "-XX:AOTCacheOutput=$cache" -jar "$jar" replay --config "$sample/sample.yaml" \
        --inside "$sample/inside.pcap" --outside "$sample/outside.pcap" \
        --to-inside "$1/to-inside.pcap" --to-outside "$1/to-outside.pcap"
}

# A gateway between two namespaces that ping each other through it, so that what belongs to interfaces is hot, too; what it translates
# is made up by its own warm-up, which takes so long here that the compiler has seen it all. $1 receives configuration and state.
train_by_run() {
    local flags=(--net)
    (( EUID == 0 )) || flags+=(--user --map-root-user)
    cat > "$1/training.yaml" << YAML
name: training
inside:  { interface: l0, address: 10.77.0.1/24 }
outside: { interface: w0, address: 198.51.100.1/24, gateway: 198.51.100.2 }
state:   { directory: $1/state, keep: false }
admin:   { listen: 127.0.0.1:9479 }
YAML
    export jar cache java_home
    JAVA_FLAGS="${java_flags[*]} ${java_properties[*]} -Xlog:aot=off -Dsallyport.warmUpMs=4000" PATH=$PATH:/usr/sbin:/sbin \
        unshare "${flags[@]}" bash -c '
        get() { # path: an answer of the listener
            exec 3<> /dev/tcp/127.0.0.1/9479 && printf "GET %s HTTP/1.0\r\n\r\n" "$1" >&3 && cat <&3 > /dev/null
        }
        host() { # interface peer address gateway: a namespace for a host, whose process is $host
            unshare --net sleep 60 & host=$!
            until [[ ! /proc/$host/ns/net -ef /proc/self/ns/net ]]; do sleep 0.01; done
            ip link add "$1" type veth peer name "$2" netns "$host" && ip link set "$1" up &&
                nsenter -t "$host" -n sh -c "ip address add $3/24 dev $2 && ip link set $2 up && ip route add default via $4"
        }
        ip link set lo up
        host l0 eth0 10.77.0.2 10.77.0.1 && inside=$host && host w0 eth0 198.51.100.2 198.51.100.1 && outside=$host || exit 1
        trap "kill $inside $outside" EXIT
        read -ra java_flags <<< "$JAVA_FLAGS"
        coproc { exec "$java_home/bin/java" "${java_flags[@]}" "-XX:AOTCacheOutput=$cache" -jar "$jar" run --config "$1/training.yaml"; }
        pid=$COPROC_PID
        read -r line <&"${COPROC[0]}" && [[ $line == ready* ]] || exit 1
        nsenter -t "$inside" -n ping -q -f -l 64 -s 18 -w 3 198.51.100.2
        for i in {1..20}; do get / && get /metrics && get /api/status || break; done
        kill -TERM "$pid" && wait "$pid"' bash "$1"
}

# Builds the program when it is missing or older than its sources; callers at the same time wait for each other.
build() {
    local log=$root/tools/target/build.log
    if ! mkdir -p "$root/tools/target" 2> /dev/null || [[ ! -w $root/tools/target ]]; then
        [[ -f $jar ]] || die 1 "not built yet, and you may not write in $root: build it as its owner"
        say "older than its sources, and you may not write in $root: running it as it is"
        return
    fi
    need_build_tools
    exec 9< "$root/pom.xml"
    if ! flock -n 9; then
        say "waiting for another build"
        flock 9
    fi
    if ! is_built; then
        say "building (the first time takes a minute or two; log: ${log#"$PWD"/})"
        touch -- "$stamp.new"
        if ! JAVA_HOME=$java_home with_progress "$log" mvn -B -q -ntp -Dstyle.color=never -f "$root/pom.xml" -pl tools -am \
                -Dmaven.test.skip=true -Dcheckstyle.skip package 9<&-; then
            grep -v -e '^.\[0m' -e '^WARNING: ' -e 'Re-run Maven' -e 'For more information' -e '^\[ERROR\] *$' -e 'Help 1' \
                -- "$log" | head -n 25 >&2
            die 1 "the build failed; the whole log: $log"
        fi
        warm_up
        mv -f -- "$stamp.new" "$stamp"
    fi
    exec 9<&-
}
