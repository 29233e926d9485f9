# SPDX-License-Identifier: BSL-1.0
"""How programs for Cortex-M are built, measured and run here."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INCLUDE = ROOT / "include"
STARTUP = ROOT / "examples" / "firmware" / "startup.cpp"

# Flags, the board of QEMU that has the core, and the core's name for tools/count.
CORES = {
    "cortex-m0plus": (["-mfloat-abi=soft"], None, None),
    "cortex-m4": (["-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"], "mps2-an386", "m4"),
    "cortex-m7": (["-mfpu=fpv5-d16", "-mfloat-abi=hard"], "mps2-an500", "m7"),
    "cortex-m55": (["-mfloat-abi=hard"], "mps3-an547", "m55"),
}
FLAGS = ("-std=c++20 -O2 -ffunction-sections -fdata-sections -fno-exceptions -fno-rtti -fno-threadsafe-statics"
         " -fno-use-cxa-atexit -fno-unwind-tables -fno-asynchronous-unwind-tables"
         " -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror").split()
LINK = ["-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-T", HERE / "board.ld"]
COMPILER = "arm-none-eabi-g++"
TRIPLES = {"cortex-m0plus": "thumbv6m-none-eabi", "cortex-m4": "thumbv7em-none-eabihf",
           "cortex-m7": "thumbv7em-none-eabihf", "cortex-m55": "thumbv8.1m.main-none-eabihf"}

# Heap, exceptions, RTTI, printf, iostream, and of libm all that has an approximation of the library's own.
FORBIDDEN = re.compile(r"\b(_?malloc|_malloc_r|_?free|_free_r|_sbrk\w*|operator (new|delete)\b.*|vtable for .*|typeinfo .*"
                       r"|__cxa_(throw|allocate_exception|guard_acquire)|__gxx_personality_v0|_Unwind_\w+|_?printf|std::(ios_base|basic_[io]?stream|c(in|out|err|log))\b.*"
                       r"|(__ieee754_)?(exp|exp2|expm1|log|log2|log1p|pow|sin|cos|tan|sinh|cosh|tanh|erf)f?)$")


def row(name, value, limit, command):
    """A line of a --json file."""
    return {"name": name, "value": value, "limit": limit, "pass": limit is None or value <= limit, "command": command}


def installed(*tools):
    """False, and says which, where one of the tools is missing."""
    for tool in tools:
        if not shutil.which(tool):
            print(f"[skipped] {tool} is not installed")
            return False
    return True


def run(command, **more):
    done = subprocess.run([str(part) for part in command], **more)
    if done.returncode:
        sys.exit(f"{pathlib.Path(str(command[0])).name} failed")
    return done


def target(core):
    return ["-mthumb", f"-mcpu={core}", *CORES[core][0]]


def clang(core):
    """clang++ with the headers, the libraries' layout of types and the instructions that the g++ of the board has."""
    shown = run([COMPILER, *target(core), "-E", "-x", "c++", "-v", os.devnull], capture_output=True, text=True).stderr
    listed = shown.split("#include <...> search starts here:")[1].split("End of search list")[0].split()
    # Not g++'s own headers: those of intrinsics are clang's.
    headers = (f"-isystem{folder}" for folder in map(os.path.realpath, listed) if "/gcc/" not in folder)
    return ["clang++", f"--target={TRIPLES[core]}", *target(core), "-fshort-enums", "-nostdinc++", *headers]


def build(core, sources, elf, folders=(), compiler=COMPILER, flags=()):
    """`compiler` is COMPILER or clang++; the former links for both. Folders of headers in `flags` come first."""
    include = [*flags, f"-I{INCLUDE}", *(f"-I{folder}" for folder in folders)]
    sources = [*sources, STARTUP]
    if compiler != COMPILER:
        objects = [f"{elf}.{pathlib.Path(source).stem}.o" for source in sources]
        for source, thing in zip(sources, objects):
            run([*clang(core), *FLAGS, *include, "-c", source, "-o", thing])
        sources, include = [*objects, "-Wl,-z,noexecstack", "-Wl,--no-warn-execstack"], []
    run([COMPILER, *target(core), *FLAGS, *include, *sources, *LINK, "-o", elf])


def forbidden(elf):
    """The symbols of a program that firmware must not have."""
    names = run(["arm-none-eabi-nm", "-C", elf], capture_output=True, text=True).stdout.splitlines()
    return [name for name in names if FORBIDDEN.search(name)]


def sizes(elf):
    """{code, constants, data, zeroed} in bytes. Constants are the objects in flash that have a name: weights, tables."""
    shown = run(["arm-none-eabi-size", elf], capture_output=True, text=True).stdout.splitlines()[1].split()
    text, data, zeroed = map(int, shown[:3])
    constants = 0
    seen = set()
    for line in run(["arm-none-eabi-readelf", "-sW", elf], capture_output=True, text=True).stdout.splitlines():
        words = line.split()
        if len(words) >= 8 and words[3] == "OBJECT" and int(words[1], 16) < 0x20000000 and words[1] not in seen:
            seen.add(words[1])
            constants += int(words[2], 0)
    return {"code": text - constants, "constants": constants, "data": data, "zeroed": zeroed}
