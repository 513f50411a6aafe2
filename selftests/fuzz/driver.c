// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for libFuzzer where there is none: mutates the files of a folder
 * at random, without looking at coverage, and takes the same options.
 *
 * usage: TARGET [-max_total_time=SECONDS] [-max_len=BYTES] [-seed=N] FOLDER
 *	  TARGET FILE		one input, as it is
 */
#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include "fuzz.h"

#define DRIVER_SEEDS_MAX	256
#define DRIVER_BYTES_MAX	4096
#define DRIVER_BATCH		1024

struct driver_seed {
	u8 *data;
	size_t bytes;
};

static struct driver_seed driver_seeds[DRIVER_SEEDS_MAX] = { { (u8 *)"", 0 } };
static unsigned int driver_seed_count = 1;
static u64 driver_state = 0x9e3779b97f4a7c15ull;

static unsigned int driver_random(unsigned int below)
{
	driver_state ^= driver_state << 13;
	driver_state ^= driver_state >> 7;
	driver_state ^= driver_state << 17;
	return (unsigned int)(driver_state >> 32) % below;
}

static void driver_call(const u8 *data, size_t bytes)
{
	u8 *exact = fuzz_copy(data, bytes);

	fuzz_one(exact, bytes);
	free(exact);
}

static void driver_read(const char *path, struct driver_seed *seed)
{
	FILE *file = fopen(path, "rb");

	seed->data = malloc(DRIVER_BYTES_MAX);
	FUZZ_HOLDS(file && seed->data);
	seed->bytes = fread(seed->data, 1, DRIVER_BYTES_MAX, file);
	fclose(file);
}

static void driver_read_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[1024];

	FUZZ_HOLDS(dir);
	while ((entry = readdir(dir)) && driver_seed_count < DRIVER_SEEDS_MAX) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		driver_read(path, &driver_seeds[driver_seed_count++]);
	}
	closedir(dir);
}

static void driver_mutate(u8 *data, size_t *bytes, size_t bytes_max)
{
	static const u8 edges[] = { 0, 1, 2, 3, 4, 7, 8, 0x45, 0x4f, 0xff };
	unsigned int at = *bytes ? driver_random((unsigned int)*bytes) : 0;

	switch (driver_random(5)) {
	case 0:
		*bytes = driver_random((unsigned int)bytes_max + 1);
		return;
	case 1:
		if (*bytes == bytes_max)
			return;
		memmove(data + at + 1, data + at, *bytes - at);
		++*bytes;
		data[at] = (u8)driver_random(256);
		return;
	case 2:
		if (*bytes)
			data[at] = edges[driver_random(sizeof(edges))];
		return;
	case 3:
		if (*bytes)
			data[at] = (u8)driver_random(256);
		return;
	default:
		if (*bytes)
			data[at] ^= 1 << driver_random(8);
		return;
	}
}

static void driver_try(size_t bytes_max)
{
	static u8 scratch[DRIVER_BYTES_MAX];
	const struct driver_seed *seed =
		&driver_seeds[driver_random(driver_seed_count)];
	size_t bytes = seed->bytes < bytes_max ? seed->bytes : bytes_max;
	unsigned int changes = driver_random(8);

	memcpy(scratch, seed->data, bytes);
	while (changes--)
		driver_mutate(scratch, &bytes, bytes_max);
	driver_call(scratch, bytes);
}

static unsigned long driver_run(unsigned long seconds, size_t bytes_max)
{
	unsigned long tried = 0;
	unsigned int i;

	while ((unsigned long)clock() / CLOCKS_PER_SEC < seconds) {
		for (i = 0; i < DRIVER_BATCH; i++)
			driver_try(bytes_max);
		tried += DRIVER_BATCH;
	}
	return tried;
}

static int driver_replay(const char *path)
{
	struct driver_seed seed;

	driver_read(path, &seed);
	driver_call(seed.data, seed.bytes);
	free(seed.data);
	return 0;
}

static bool driver_is_file(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISREG(info.st_mode);
}

/* What only libFuzzer knows is passed over. */
static void driver_option(const char *option, unsigned long *seconds,
			  unsigned long *bytes_max)
{
	unsigned long value;

	if (sscanf(option, "-max_total_time=%lu", &value) == 1)
		*seconds = value;
	else if (sscanf(option, "-max_len=%lu", &value) == 1)
		*bytes_max = value;
	else if (sscanf(option, "-seed=%lu", &value) == 1)
		driver_state ^= value;
}

int main(int argc, char **argv)
{
	unsigned long seconds = 10, bytes_max = 256;
	int i;

	for (i = 1; i < argc; i++) {
		if (driver_is_file(argv[i]))
			return driver_replay(argv[i]);
		if (argv[i][0] == '-')
			driver_option(argv[i], &seconds, &bytes_max);
		else
			driver_read_folder(argv[i]);
	}
	FUZZ_HOLDS(bytes_max <= DRIVER_BYTES_MAX);
	fprintf(stderr, "stat::number_of_executed_units: %lu\n",
		driver_run(seconds, bytes_max));
	return 0;
}
