# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 · Start here
#
# **You will** move through the *latent space* (潜在空间) of a trained generator, which is the set of all its inputs, learn how to run, stop and restart a lesson, and see what your machine can do.
#
# **Needs** nothing. **Time** 20 minutes; the notebook computes for a few seconds.
#
# **Follows** §5.1 开发环境搭建 (setting up the environment).

# %% [markdown]
# ## Garments from numbers
#
# Click into the cell below and press **Shift + Enter**. It loads a *generator* (生成器): a network that turns 16 numbers, called z, into an image. Nobody drew these garments, and lesson 06 looks whether such images are copies of the training images.

# %%
from gan_lessons.checkpoints import load_weights
from gan_lessons.networks import ConvGenerator
from gan_lessons.widgets import LatentExplorer

G = load_weights(ConvGenerator(), "generator")
explorer = LatentExplorer(G, z_dim=16, seeds=(4, 6))
explorer

# %% [markdown]
# Now move it:
#
# 1. Drag **direction 1** from one end to the other, slowly. Then direction 2. (Or click a slider's handle and use the arrow keys.) The large image changes, and so do the 24 small ones: nearly all end as the same kind of garment. Nobody chose what the directions mean. They are computed from the generator: take images for many z, fit a straight-line dependence on z, and ask along which direction it changes the images the most; direction 2 is the next, at right angles to the first, and so on.
# 2. Change **seed A**: another point to start from.
# 3. **Truncation ψ** multiplies the z of every seed. Set it to 0: all seeds lie in the middle of latent space, and all images become one, which is nearly black. Why? 16 random numbers are never all near 0 at once, so the generator was never trained there; what it makes of the middle, nobody asked. Its first layer answers to the *size* of these numbers: from 0, almost nothing gets through it, and the layers after it draw the background alone. At 0.2 the shapes are there, but dark. At 1.5 they are pushed far out, where it was seldom trained.
# 4. Drag **walk A to B**: one garment turns into another. What lies between often looks like a garment too; look where it does not.
#
# How can numbers that mean nothing become sleeves and soles? Two networks were trained against each other: the generator, and a *discriminator* (判别器) that tries to tell its images from real ones. How that works is what this course is about; the pair is called a *generative adversarial network* (生成对抗网络), GAN for short.

# %% [markdown]
# ## What the course is, and what it is not
#
# It follows a Chinese article, "Generative Design原理与代码实例讲解" (principles and worked code of generative design), section by section; the lessons call it *the document*. It explains GANs and gives programs for them; many of its statements and all of its programs are wrong in some way. You will meet each mistake, see what it does, and correct it. You need not read the article: each lesson says what its section claims.
#
# - It **is** for someone who can read Python and has seen a neural network, for example a small classifier in PyTorch.
# - It **is** honest: every result in the text is computed by a cell beside it, and what failed is shown.
# - It is **not** a way to the sharpest pictures. Everything here trains on a laptop in minutes; today's largest generators train for weeks on hundreds of machines. The ideas are the same.
# - It needs **no network**. Nothing is downloaded, and nothing about you is sent anywhere.

# %% [markdown]
# ## How to work with a lesson
#
# | to … | do this |
# | --- | --- |
# | run a cell and go to the next | **Shift + Enter** |
# | run everything from the top | menu *Run → Run All Cells* |
# | stop a cell that is running | **■** in the toolbar, or **Esc**, then **I** twice |
# | start afresh, with nothing in memory | menu *Kernel → Restart Kernel and Run All Cells* |
# | hide the results before you read | menu *Kernel → Restart Kernel and Clear All Outputs* |
# | get back a cell that you changed | **Ctrl + Z**; for one whole lesson, `git checkout notebooks/06_project_fashion_mnist.ipynb`, which also drops your answers in it |
#
# Cells share one memory and run in the order in which *you* run them. If something looks odd, restart and run all: each lesson is tested that way.
#
# The notebooks come with their results, so that they can be read without running them. But lessons ask you to predict before you look. So begin each of them with *Restart Kernel and Clear All Outputs*; its head reminds you: "First clear all outputs".
#
# What moves needs the kernel that made it. Close a notebook and open it again while its kernel runs, and its widgets go on. Once the kernel was shut down or restarted, a widget's place shows its last picture, or in a notebook of your own "Error displaying widget: model not found", also "Loading widget…": run the cells above it again, and then its own.
#
# Try stopping. Set `PAUSE` to 0.1 in the cell below: it then counts to a thousand for more than a minute and a half. Run it, press **■** before it gets there, and set `PAUSE` back to 0.

# %%
import time

PAUSE = 0  # seconds between two numbers

counted = 0
try:
    while counted < 1000:
        time.sleep(PAUSE)
        counted += 1
except KeyboardInterrupt:
    pass
print(f"counted to {counted}" + ("" if counted == 1000 else "; you stopped it, and the number is kept"))

# %% [markdown]
# Stop a training cell that has a live board in its output, and the networks are as they were after the last whole step; run it again, and it goes on from there. Other cells start again from their first line.
#
# A lesson asks you to **predict** before you run. Do commit to an answer: being surprised is how this sticks. It also holds **exercises**, which check themselves: a wrong answer gets a hint, and leaves your notebook as it was; a right one brings the reason, under **Why**. (`python notebooks/build.py solutions` writes a page with all solutions.) Here is the first.

# %% [markdown]
# ### Exercise 00.1 (★, 2 min)
#
# Set `dimensions` to the number of sliders that you would need to reach *every* image that the generator above can make. Then run the cell again.

# %%
from gan_lessons.exercises import check

### BEGIN SOLUTION
dimensions = 16
### END SOLUTION

check("00.1", dimensions)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The sliders move z along six directions. How many numbers does z have? The line under the widget says it.
#
# </details>

# %% [markdown] tags=["solution"]
# G is a function of z, and z is 16 numbers: with a slider for each you can set every z, and so make every image that G can make. The six directions of the widget are only six of the 16. The image has 784 pixels, but G cannot set them one by one.

# %% [markdown]
# ## Your machine
#
# > **In the document** (§5.1). It sets up Python 3.8 and TensorFlow 2.4.1 for GPU, from PyTorch's conda channel. That package was never in that channel, and Python 3.8 has had no security updates since October 2024.
#
# This course needs Python 3.11 to 3.13 and PyTorch, and no GPU. The next cell looks at what you have and trains a small network for two seconds to see how fast it is.

# %% tags=["nbval-ignore-output"]
from gan_lessons.environment import report

report()

# %% [markdown]
# If a version is marked ✗, run `pip install -r requirements.txt` again in the environment that this kernel uses. A slow machine runs every lesson too; it only takes longer.

# %% [markdown]
# ## Notation
#
# | written | means |
# | --- | --- |
# | `z`, $z$ | noise: (N, Z) numbers from a normal distribution |
# | `G`, $G(z)$ | the generator, and the samples that it makes from z |
# | `D`, $D(x)$ | the discriminator. `D(x)` in code is a *logit* (N,): any real number, high for "real". $D(x)$ in formulas is the probability, $\sigma$ of the logit |
# | `real`, `fake` | a batch of real and of generated samples |
# | `real_logits`, `fake_logits` | D's output on each, (N,) |
# | (N, C, H, W) | the shape of images: how many, channels, height, width; values in [−1, 1] |
# | $\mathbb{E}$ | the expected value (期望值); in code, the mean over a batch |
# | step | one update of D and one of G |
# | epoch | one pass over the training data, which is many steps |
#
# Colours are the same everywhere: real is <span style="color:#0072B2">**blue**</span>, generated is <span style="color:#D55E00">**orange**</span>, the discriminator <span style="color:#009E73">**green**</span>, the generator <span style="color:#CC79A7">**pink**</span>; lines also differ in dash.

# %% [markdown]
# ## The map
#
# | lesson | follows |
# | --- | --- |
# | [00 · Start here](00_start_here.ipynb) | §5.1 开发环境搭建 |
# | [01 · Background](01_background.ipynb) | §1 背景介绍 |
# | [02 · Concepts](02_concepts.ipynb) | §2 核心概念与联系 |
# | [03 · The algorithm, step by step](03_algorithm.ipynb) | §3.1–3.2 算法原理概述, 算法步骤详解 |
# | [04 · Strengths and failures](04_strengths_and_failures.ipynb) | §3.3 算法优缺点 |
# | [05 · The mathematics of the loss](05_mathematics_of_the_loss.ipynb) | §4 数学模型和公式 |
# | [06 · The project: garments from noise](06_project_fashion_mnist.ipynb) | §5.2–5.3 源代码详细实现, 代码解读与分析 |
# | [07 · DCGAN](07_dcgan.ipynb) | §3.4 算法应用领域 (image) |
# | [08 · Losses, and critics with a limit](08_critics_with_a_limit.ipynb) | §3.2.3 损失函数, and what came after |
# | [09 · Evaluation](09_evaluation.ipynb) | what §5 leaves out |
# | [10 · A modern baseline](10_a_modern_baseline.ipynb) | what came after |
# | [11 · Conditional GANs](11_conditional_gans.ipynb) | what came after |
# | [12 · StyleGAN: a knob for each layer](12_stylegan.ipynb) | §3.4 (image) |
# | [13 · Image to image](13_image_to_image.ipynb) | §2.2.3 GANs的应用场景 (image) |
# | [14 · Video: what makes frames one film](14_video.ipynb) | §3.4 (video) |
# | [15 · Speech: two systems that are not GANs, and one that is](15_speech.ipynb) | §3.4 (speech) |
# | [16 · Text: how to teach what cannot be nudged](16_text.ipynb) | §3.4 (language, and TextGAN from its 3-D line) |
# | [17 · 3-D shapes: when pixels become voxels](17_shapes.ipynb) | §3.4 (3-D) |
# | [18 · The life of a model](18_the_life_of_a_model.ipynb) | §2.3 核心概念的整体架构 |
# | [19 · Scaling out: what changes on many machines, and what must not](19_scaling_out.ipynb) | §5.1, and §3.3, the cost of compute |
# | [20 · Responsible use](20_responsible_use.ipynb) | §1.3 问题研究意义, the other side of it |

# %% [markdown]
# ## Glossary
#
# The document's terms, as this course uses them.
#
# | 中文 | English | in one line |
# | --- | --- | --- |
# | 生成对抗网络 | generative adversarial network, GAN | two networks trained against each other |
# | 生成器 | generator, G | turns noise into samples |
# | 判别器 | discriminator, D | tells real from generated; a *critic* where its output is no probability |
# | 对抗训练 | adversarial training | D and G take turns; each has its own loss |
# | 损失函数 | loss function | what a network makes small |
# | 生成器损失 / 判别器损失 | G's loss / D's loss | two different functions |
# | 梯度下降 | gradient descent | small steps against the slope of a loss |
# | 反向传播 | backpropagation | how that slope is computed |
# | 梯度消失 | vanishing gradients | D is so sure that G learns nothing |
# | 模式崩溃 | mode collapse | G makes few kinds of sample and leaves out the rest |
# | 随机噪声向量 | noise vector, z | G's input |
# | 潜在空间 | latent space | the space of all z (not in the document) |
# | 真实数据 / 伪造数据 | real data / generated data ("fakes") | D's two kinds of input |
# | 期望值 | expected value | the average over a distribution |
# | 全连接神经网络 | fully connected network | every unit sees every unit of the layer before |
# | 卷积 | convolution | one small filter, slid over the image (not in the document) |
# | 初始化 | initialisation | the weights before the first step |
# | 优化器 | optimiser | applies the gradients: the network does not |
# | 批 / 轮 | batch / epoch | the samples of one step / one pass over the data |
# | 测试集 | test set | held-out data: neither network sees it |
# | 预训练 / 微调 | pre-training / fine-tuning | learn broadly first, then adapt |
# | 全参数微调 / 参数高效微调 | full / parameter-efficient fine-tuning | adapt all weights / a few |
# | 提示学习 | prompting | steer a trained model by its input |
# | 零样本 / 少样本学习 | zero-shot / few-shot learning | with no / with few examples |
# | 持续学习 | continual learning | keep learning without forgetting |
# | 下游任务 | downstream task | what a pre-trained model is adapted to |
# | 条件 | condition | what is asked for, given to G and to D (lesson 11; not in the document) |
# | 灾难性遗忘 | catastrophic forgetting | what is no longer asked for is lost at once (18; not in the document) |
# | 分布式训练 | distributed training | one training, many processes (19; not in the document) |
# | 水印 | watermark | a message in the pixels that says who made them (20; not in the document) |

# %% [markdown]
# ## What you now know
#
# - A trained generator is a function from numbers to images; nearby z give similar images, and some directions of latent space have a meaning.
# - Shift + Enter runs, ■ stops, *Restart Kernel and Run All Cells* repairs; a training that you stop can go on.
# - What your machine can do, and which lessons there are.
# - Lessons 02, 03 and 04 hold a *playground*: a GAN on points in the plane that you can play, stop, take apart and break, with your own networks if you like.
#
# **What this does not show**: how the generator came to be. Go on with [lesson 01](01_background.ipynb), where the smallest GAN there is has five numbers; lessons 01 to 05 lead step by step to lesson 06, where you train a generator of garments. If you cannot wait, begin with [lesson 06](06_project_fashion_mnist.ipynb).
