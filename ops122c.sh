cd /tmp/w
export NEURAL_STYLE_DATA=/work/main/data
N=/work/main/build/release/engine/cli/neural-style; S=/work/main/build/release/engine/cli/neural-style.so
cp $S new.so
for i in 1 2 3; do
cp -f old.so $S; python3 tm.py old $N paint p512.png --size-limit 122 --iterations 600 --style starry-night -o o1.png 2>&1 | tail -1;sha256sum o1.png
cp -f new.so $S; python3 tm.py new $N paint p512.png --size-limit 122 --iterations 600 --style starry-night -o o1.png 2>&1 | tail -1;sha256sum o1.png
done
