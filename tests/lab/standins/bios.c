/* What iPXE starts in place of wimboot on BIOS: like it in the form of a Linux kernel, whose initrd
   holds the files, each with a cpio header of iPXE's. It says on the serial port

     STANDIN-OPTIONS TEXT        its command line
     STANDIN-FILE NAME SIZE TEXT each file
     STANDIN-DONE

   and waits. The header is that of Linux's boot protocol 2.06 (Documentation/arch/x86/boot.rst). */

#include "said.h"

typedef unsigned int u32;

__asm__(".section .text.entry\n"
        ".org 0x1f1\n"
        ".byte 15\n"           /* setup_sects: all of this is real-mode code */
        ".org 0x1f4\n"
        ".long 32\n"           /* syssize, in paragraphs */
        ".org 0x1fe\n"
        ".word 0xaa55\n"
        "jmp start\n"
        ".org 0x202\n"
        ".ascii \"HdrS\"\n"
        ".word 0x0206\n"
        ".org 0x211\n"
        ".byte 0x81\n"         /* loaded high, and has a heap */
        ".org 0x214\n"
        ".long 0x100000\n"
        ".org 0x218\n"
        "ramdisk_image: .long 0\n"
        "ramdisk_size: .long 0\n"
        ".org 0x228\n"
        "cmd_line_ptr: .long 0\n"
        ".org 0x22c\n"
        ".long 0x37ffffff\n"   /* initrd_addr_max */
        ".org 0x238\n"
        ".long 2047\n"         /* cmdline_size */
        ".org 0x240\n"
        "start: cli\n"
        "pushw %ds\n"
        "pushw $1f\n"
        "lretw\n"              /* code where data is */
        "1: calll main\n");

extern volatile u32 ramdisk_image, ramdisk_size, cmd_line_ptr; /* of the header: iPXE fills them */
static char head[512];
static unsigned short table[24];

/* Octets of high memory, by the BIOS (interrupt 15h, 87h). */
static void copy(u32 from, void *into)
{
    unsigned short here;
    __asm__ volatile("movw %%ds, %0" : "=r"(here));
    u32 to = ((u32)here << 4) + (u32)into;
    u32 size = sizeof head / 2, function = 0x8700, where = (u32)table;
    table[8] = table[12] = 0xffff;
    table[9] = from, table[10] = 0x9300 | (from >> 16 & 0xff), table[11] = from >> 24 << 8;
    table[13] = to, table[14] = 0x9300 | (to >> 16 & 0xff), table[15] = to >> 24 << 8;
    __asm__ volatile("int $0x15; cli"
                     : "+a"(function), "+c"(size), "+S"(where)
                     :
                     : "cc", "memory", "edx", "ebx");
}

static u32 hex(const char *text)
{
    u32 value = 0;
    for (int n = 0; n < 8; n++)
        value = value << 4 | ((text[n] & 15) + (text[n] > '9' ? 9 : 0));
    return value;
}

static void show_files(u32 at, u32 end)
{
    while (at < end) {
        copy(at, head);
        if (head[0] != '0' || head[1] != '7' || head[2] != '0') {
            at += 4; /* between two files */
            continue;
        }
        u32 size = hex(head + 54), name = hex(head + 94);
        at += (110 + name + 3) & ~3u;
        say("STANDIN-FILE ");
        say(head + 110);
        say(" ");
        say_number(size);
        say(" ");
        copy(at, head);
        say_start(head, size);
        say("\n");
        at += (size + 3) & ~3u;
    }
}

void main(void)
{
    unsigned short here;
    __asm__ volatile("movw %%ds, %0" : "=r"(here));
    say("\nSTANDIN-OPTIONS ");
    say((const char *)(cmd_line_ptr - ((u32)here << 4)));
    say("\n");
    show_files(ramdisk_image, ramdisk_image + ramdisk_size);
    say("STANDIN-DONE\n");
    for (;;)
        __asm__ volatile("hlt");
}
