// SPDX-License-Identifier: GPL-2.0
/* A round's namespace: a tap and a tun device, and how they end. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "kernel_fuzz.h"

#define FUZZ_TUNABLES	"/proc/sys/net/twin/"
#define FUZZ_FILES	"/proc/thread-self/net/twin/"

static void fuzz_shell(const char *line)
{
	if (system(line))
		fuzz_die(line);
}

/* A device's file end, which gives and takes packets with a virtio header. */
static int fuzz_tun_open(const char *name, short kind, unsigned long offloads)
{
	struct ifreq request = { .ifr_flags = kind };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	request.ifr_flags |= IFF_NO_PI | IFF_VNET_HDR;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) ||
	    ioctl(fd, TUNSETOFFLOAD, offloads))
		fuzz_die("tun device");
	return fd;
}

static void fuzz_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return;
	fputs(text, file);
	fclose(file);
}

void fuzz_place_open(struct fuzz_place *place, struct fuzz_random *r)
{
	unsigned long offloads = fuzz_chance(r, 60) ?
					 TUN_F_CSUM | TUN_F_TSO4 :
					 fuzz_chance(r, 50) ? TUN_F_CSUM : 0;
	struct ifreq request = { .ifr_name = "near" };
	int fd;

	if (unshare(CLONE_NEWNET))
		fuzz_die("unshare");
	place->tap_fd = fuzz_tun_open("near", IFF_TAP, offloads);
	place->tun_fd = fuzz_tun_open("tun0", IFF_TUN, offloads);
	fuzz_shell("for d in near tun0 lo; do ip link set $d up || exit; done");
	place->near_index = (int)if_nametoindex("near");
	place->tun_index = (int)if_nametoindex("tun0");
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		fuzz_die("link address");
	close(fd);
	memcpy(place->near_mac, request.ifr_hwaddr.sa_data, 6);
	fuzz_write(FUZZ_TUNABLES "ping_group_range", "0 2147483647");
	fuzz_write(FUZZ_TUNABLES "icmp_ratelimit", "0");
	fuzz_message_address(place->near_index, FUZZ_OURS, true);
	fuzz_message_address(place->near_index, FUZZ_OURS_TOO, true);
	fuzz_message_address(place->tun_index, FUZZ_OURS_TUN, true);
}

/* Some rounds lose their devices before their sockets. */
void fuzz_place_end(struct fuzz_random *r)
{
	switch (fuzz_below(r, 3)) {
	case 0:
		fuzz_shell("ip link del near");
		break;
	case 1:
		fuzz_shell("ip link set near down && ip link del tun0");
		break;
	}
}

/* Reads what tells about sockets; notes which states there are. */
void fuzz_place_states(void)
{
	static const char * const files[] = {
		"udp", "arp", "route", "sockstat", "snmp", "netstat",
	};
	char path[64], line[512];
	unsigned int state, i;
	FILE *file;

	file = fopen(FUZZ_FILES "tcp", "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %*s %x", &state) == 1 && state < 32)
			fuzz_counts->states |= 1ul << state;
	}
	if (file)
		fclose(file);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), FUZZ_FILES "%s", files[i]);
		file = fopen(path, "r");
		while (file && fgets(line, sizeof(line), file))
			;
		if (file)
			fclose(file);
	}
}

/* Turns one knob: some value, or back to what it was. */
void fuzz_place_sysctl(struct fuzz_random *r)
{
	static char names[128][64], before[128][128];
	static unsigned int count;
	char path[128], text[64];
	struct dirent *entry;
	unsigned int pick;
	FILE *file;
	DIR *dir;

	dir = count ? NULL : opendir(FUZZ_TUNABLES);
	while (dir && (entry = readdir(dir)) && count < 128) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(names[count], sizeof(names[0]), "%.63s", entry->d_name);
		snprintf(path, sizeof(path), FUZZ_TUNABLES "%s", names[count]);
		file = fopen(path, "r");
		if (file && fgets(before[count], sizeof(before[0]), file))
			count++;
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
	if (!count)
		return;
	pick = fuzz_below(r, count);
	snprintf(path, sizeof(path), FUZZ_TUNABLES "%s", names[pick]);
	snprintf(text, sizeof(text), "%u %u %u", fuzz_number(r), fuzz_number(r),
		 fuzz_number(r));
	if (fuzz_chance(r, 70))
		text[strcspn(text, " ")] = '\0';
	fuzz_write(path, fuzz_chance(r, 50) ? before[pick] : text);
}
