// SPDX-License-Identifier: GPL-2.0
/*
 * Remembers which functions of the module "twin" were entered, over all the
 * times it is loaded: what gcc's -finstrument-functions calls, and a file that
 * lists their places in the module's code, /sys/kernel/debug/twin_coverage.
 */
#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

/* The module's code is shorter. */
#define TWIN_COVERAGE_BYTES	(4 << 20)

/* A bit for each byte: functions begin anywhere. */
static DECLARE_BITMAP(twin_coverage_entered, TWIN_COVERAGE_BYTES);
/* Where its code is in this life; set before any of it runs. */
static unsigned long twin_coverage_base;
static unsigned long twin_coverage_size;

void __cyg_profile_func_enter(void *function, void *caller)
{
	unsigned long offset = (unsigned long)function - twin_coverage_base;

	if (offset >= twin_coverage_size)
		return;		/* what runs once, while it is loaded */
	if (!test_bit(offset, twin_coverage_entered))
		set_bit(offset, twin_coverage_entered);
}
EXPORT_SYMBOL_GPL(__cyg_profile_func_enter);

void __cyg_profile_func_exit(void *function, void *caller)
{
}
EXPORT_SYMBOL_GPL(__cyg_profile_func_exit);

static int twin_coverage_module(struct notifier_block *block,
				unsigned long state, void *data)
{
	const struct module *module = data;

	if (state == MODULE_STATE_COMING && !strcmp(module->name, "twin")) {
		twin_coverage_base = (unsigned long)module->mem[MOD_TEXT].base;
		twin_coverage_size = min(module->mem[MOD_TEXT].size,
					 TWIN_COVERAGE_BYTES);
	}
	return NOTIFY_OK;
}

static struct notifier_block twin_coverage_block = {
	.notifier_call = twin_coverage_module,
};

static int twin_coverage_show(struct seq_file *file, void *unused)
{
	unsigned long bit;

	for_each_set_bit(bit, twin_coverage_entered, TWIN_COVERAGE_BYTES)
		seq_printf(file, "%lx\n", bit);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(twin_coverage);

static struct dentry *twin_coverage_file;

static int __init twin_coverage_init(void)
{
	int error = register_module_notifier(&twin_coverage_block);

	if (!error)
		twin_coverage_file = debugfs_create_file("twin_coverage", 0400, NULL, NULL,
							 &twin_coverage_fops);
	return error;
}

static void __exit twin_coverage_exit(void)
{
	debugfs_remove(twin_coverage_file);
	unregister_module_notifier(&twin_coverage_block);
}

module_init(twin_coverage_init);
module_exit(twin_coverage_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Which functions of Twin are entered");
