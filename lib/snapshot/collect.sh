#!/bin/sh
# Writes a snapshot of this Xen host to standard output, for `evtchn --from`. It runs in the control domain, as root.
# It needs a POSIX shell and the tools that a control domain has; the snapshot says which of them are missing.
# It changes nothing on the host, but for the text that Xen's debug key e leaves in Xen's console ring. With
# --no-debug-key it does not press that key. No step takes longer than LIMIT seconds.

# shellcheck disable=SC2317 # functions are called by their names in "$@"

LIMIT=10
DEVICE=/dev/xen/evtchn

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/opt/xensource/bin
for folder in /usr/lib/xen/bin /usr/lib/xen-*/bin /usr/lib64/xen/bin /usr/libexec/xen/bin; do
	if [ -d "$folder" ]; then PATH=$PATH:$folder; fi
done
export LC_ALL PATH

# Runs a command or a function for at most LIMIT seconds. Status 124: it was ended.
limited() {
	"$@" &
	child=$!
	(
		# Until it has started its sleep, $! is the command.
		trap 'if [ "$!" != "$child" ]; then kill "$!"; fi; exit' TERM
		sleep "$LIMIT" &
		wait "$!"
		kill -KILL "$child"
	) >/dev/null 2>&1 3>&- 4>&- &
	watchdog=$!
	wait "$child" 2>/dev/null
	result=$?
	kill "$watchdog" 2>/dev/null
	wait "$watchdog" 2>/dev/null
	if [ "$result" -eq 137 ]; then result=124; fi
	return "$result"
}

# A section with what a command prints: its heading, then the command. A blank before each line tells what is printed
# from headings, whoever wrote it. Passwords and clipboards in xenstore are left out. Descriptor 4 is standard output, 3
# carries the status past sed.
section() {
	printf 'section %s\n' "$1"
	shift
	if ! command -v "$1" >/dev/null 2>&1; then
		printf 'missing there is no %s\n' "$1"
		return
	fi
	status=$({ {
		limited "$@" 2>&1 3>&- 4>&-
		echo "$?" >&3
	} | sed -e '/^\/[^ ]*passw[^ ]* = /s/ = ".*"/ = ""/' -e '/^\/[^ ]*_clipboard = /s/ = ".*"/ = ""/' -e 's/^/ /' >&4; } 3>&1)
	# The last line may have no end.
	printf '\nstatus %s\n' "$status"
}

tool() {
	section "command $*" "$@"
}

# The functions below run by `limited` as a whole, and read small files in the shell itself: there may be thousands.

small_file() {
	printf 'section file %s\n' "$1"
	if [ ! -e "$1" ]; then
		echo 'missing ENOENT'
	elif [ ! -r "$1" ]; then
		echo 'missing EACCES'
	else
		while IFS= read -r line || [ -n "$line" ]; do printf ' %s\n' "$line"; done <"$1"
		echo 'status 0'
	fi
}

folder() {
	printf 'section folder %s\n' "$1"
	if [ ! -d "$1" ]; then
		echo 'missing ENOENT'
		return
	fi
	for each in "$1"/*; do
		if [ -e "$each" ] || [ -h "$each" ]; then printf ' %s\n' "${each##*/}"; fi
	done
	echo 'status 0'
}

link() {
	printf 'section link %s\n' "$1"
	if [ -h "$1" ] && target=$(readlink "$1"); then
		printf ' %s\nstatus 0\n' "$target"
	else
		echo 'missing ENOENT'
	fi
}

hypervisor() {
	folder /dev/xen
	for name in type version/major version/minor version/extra properties/capabilities properties/changeset; do
		small_file "/sys/hypervisor/$name"
	done
	for name in version uptime misc modules xen/capabilities xen/xsd_port; do small_file "/proc/$name"; done
}

# The devices of this kernel, with what it counts of each (Linux 5.12).
devices() {
	for bus in /sys/bus/xen-backend/devices /sys/bus/xen/devices; do
		folder "$bus"
		for device in "$bus"/*; do
			if [ ! -d "$device" ]; then continue; fi
			small_file "$device/state"
			for name in event_channels events spurious_events jiffies_eoi_delayed spurious_threshold; do
				small_file "$device/xenbus/$name"
			done
			if [ ! -e "$device/xenbus/events" ]; then link "$device/driver"; fi
			if [ -d "$device/net" ]; then folder "$device/net"; fi
		done
	done
}

# The processes that have the device open, and no others but the first, which shows that none is hidden.
processes() {
	if [ "$(id -u)" != 0 ]; then
		printf 'section folder /proc\nmissing EACCES\n'
		return
	fi
	small_file /proc/stat
	holders=
	for process in /proc/[0-9]*; do
		for fd in "$process"/fd/*; do
			# shellcheck disable=SC3013 # dash, busybox and bash have -ef
			if [ "$fd" -ef "$DEVICE" ]; then holders="$holders $fd"; fi
		done
	done
	printf 'section folder /proc\n'
	case $holders in
	*' /proc/1/'*) ;;
	*) echo ' 1' ;;
	esac
	last=
	for fd in $holders; do
		process=${fd%/fd/*}
		if [ "$process" != "$last" ]; then printf ' %s\n' "${process#/proc/}"; fi
		last=$process
	done
	echo 'status 0'
	last=
	for fd in $holders; do
		process=${fd%/fd/*}
		if [ "$process" != "$last" ]; then
			last=$process
			for name in comm stat status; do small_file "$process/$name"; done
			printf 'section folder %s/fd\n' "$process"
			for each in $holders; do
				if [ "${each%/fd/*}" = "$process" ]; then printf ' %s\n' "${each##*/}"; fi
			done
			echo 'status 0'
		fi
		link "$fd"
	done
}

snapshot() {
	exec 4>&1
	echo 'evtchn-snapshot 1'
	printf 'time %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	printf 'host %s\n' "$(uname -n)"
	tool uname -a
	tool id -u
	limited hypervisor 2>/dev/null
	tool xl info
	tool xl list
	tool xenstore-read domid
	tool xenstore-ls -fp
	if command -v lsevtchn >/dev/null 2>&1; then
		for domain in $(limited xenstore-list /local/domain 2>/dev/null); do
			case $domain in
			*[!0-9]*) ;;
			*) tool lsevtchn "$domain" ;;
			esac
		done
	else
		tool lsevtchn
	fi
	case $1 in
	--no-debug-key) printf 'section command xl debug-keys e\nmissing --no-debug-key was given\n' ;;
	*) tool xl debug-keys e ;;
	esac
	tool xl dmesg
	section 'file /proc/interrupts' cat /proc/interrupts
	# Two lines tell how many jiffies there were.
	section 'file /proc/schedstat' head -n 2 /proc/schedstat
	limited devices 2>/dev/null
	limited processes 2>/dev/null
	echo end
}

# Standard input may be this script.
snapshot "$@" </dev/null
exit
