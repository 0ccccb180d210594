# flowstyle for the CPU:          docker build -t flowstyle .
# for NVIDIA GPUs (CUDA 12.8):    docker build -t flowstyle --build-arg TORCH=cu128 .
# A clip in the present folder:   docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/work" flowstyle run clip.mp4 style.jpg
# With a GPU add:                 --gpus all
FROM python:3.12-slim

# cpu, or a CUDA release of PyTorch's own index, such as cu128.
ARG TORCH=cpu

# What OpenCV's wheel expects of the system.
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

# torch and torchvision are resolved in one go, so that pip picks a matching pair.
RUN pip install --no-cache-dir --index-url "https://download.pytorch.org/whl/${TORCH}" \
    "torch>=2.10" "torchvision>=0.25"

COPY pyproject.toml README.md LICENSE /src/
COPY assets/weights /src/assets/weights
COPY flowstyle /src/flowstyle
RUN pip install --no-cache-dir /src && rm -r /src

# Whoever runs it can write there: networks and weights that are fetched outlive a container if a
# volume is put over this folder.
ENV FLOWSTYLE_CACHE=/cache FLOWSTYLE_CONFIG=/config
RUN mkdir -m 1777 /cache /config && flowstyle doctor /tmp

WORKDIR /work
ENTRYPOINT ["flowstyle"]
CMD ["--help"]
